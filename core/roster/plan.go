package roster

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// Plan is what has to be done so that the members become what was asked for.
type Plan struct {
	Add     []sdk.Member // that are new
	Move    []sdk.Member // that have another address
	Promote []string     // observers that get a vote
	Remove  []string
}

// Plan reads a reconfiguration. The error says what cannot be read or done.
func (r *Roster) Plan(change *sdk.Reshape) (Plan, error) {
	joining, leaving := r.read(change)
	if listed(change) != nil && split(change.Joining+","+change.Leaving, ",") != nil {
		return Plan{}, errors.New("all members, and some that join or leave: only one of them")
	}
	if len(joining)+len(leaving) == 0 {
		return Plan{}, errors.New("nothing is to change")
	}
	plan := Plan{Remove: leaving}
	for _, text := range joining {
		if err := r.join(&plan, text); err != nil {
			return Plan{}, err
		}
	}
	return plan, r.leavesVoters(plan)
}

// read gives the lines of those who join, and the names of those who leave.
func (r *Roster) read(change *sdk.Reshape) (joining, leaving []string) {
	all := listed(change)
	if all != nil {
		joining = slices.DeleteFunc(all, func(l string) bool { return !isMember(l) })
		return joining, r.others(joining)
	}
	for _, id := range split(change.Leaving, ",") {
		leaving = append(leaving, r.named(id))
	}
	return split(change.Joining, ","), leaving
}

// listed are all members at once, separated by newlines or commas: ZooKeeper takes either.
func listed(change *sdk.Reshape) []string {
	return split(strings.ReplaceAll(change.Members, ",", "\n"), "\n")
}

// split is the fields of a list that hold something.
func split(text, by string) []string {
	var fields []string
	for field := range strings.SplitSeq(text, by) {
		if field = strings.TrimSpace(field); field != "" {
			fields = append(fields, field)
		}
	}
	return fields
}

// others are the names of the members of which there is no line.
func (r *Roster) others(lines []string) []string {
	return slices.DeleteFunc(r.names(), func(name string) bool {
		return slices.ContainsFunc(lines, func(l string) bool {
			id, _, _ := strings.Cut(strings.TrimPrefix(l, "server."), "=")
			return r.named(id) == name
		})
	})
}

func (r *Roster) join(plan *Plan, text string) error {
	m, err := parseLine(text)
	if err != nil {
		return err
	}
	m.ID = r.named(m.ID)
	known := r.find(m.ID)
	lives := slices.IndexFunc(r.members, func(o member) bool { return o.Addr == m.Addr && o.ID != m.ID })
	switch {
	case lives >= 0 && !slices.Contains(plan.Remove, r.members[lives].ID):
		return fmt.Errorf("member %s: %s is the address of %s", m.ID, m.Addr, r.members[lives].ID)
	case slices.Contains(plan.Remove, m.ID):
		return fmt.Errorf("member %s both joins and leaves", m.ID)
	case known != nil && !known.Observer && m.Observer:
		return fmt.Errorf("member %s has a vote: remove it before it comes back as an observer", m.ID)
	case known == nil:
		plan.Add = append(plan.Add, m.Member)
	case known.Addr != m.Addr:
		plan.Move = append(plan.Move, m.Member)
	}
	if !m.Observer && (known == nil || known.Observer) {
		plan.Promote = append(plan.Promote, m.ID)
	}
	return nil
}

// leavesVoters sees to it that somebody is left to vote.
func (r *Roster) leavesVoters(plan Plan) error {
	voters := len(plan.Promote)
	for _, m := range r.members {
		if !m.Observer && !slices.Contains(plan.Remove, m.ID) {
			voters++
		}
	}
	if voters == 0 {
		return errors.New("nobody would be left to vote")
	}
	return nil
}
