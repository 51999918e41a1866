package roster

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// numbered is a name that ends with a number: n1, grove-0, 7.
var numbered = regexp.MustCompile(`[0-9]{1,9}$`)

// numbers are what the members are called in the text, each by the place it has among them: ZooKeeper's have numbers for
// names, and Java clients read no others. They are the numbers with which the names end, when all do and no two with the
// same; otherwise a member is called by its name.
func (r *Roster) numbers() []string {
	list, taken := make([]string, len(r.members)), make(map[int]bool)
	for i, m := range r.members {
		number, err := strconv.Atoi(numbered.FindString(m.ID))
		if err != nil || taken[number] {
			return r.names()
		}
		taken[number], list[i] = true, strconv.Itoa(number)
	}
	return list
}

func (r *Roster) names() []string {
	list := make([]string, len(r.members))
	for i, m := range r.members {
		list[i] = m.ID
	}
	return list
}

// named is the name of the member that a reconfiguration means: it may say the name, or the number.
func (r *Roster) named(id string) string {
	if r.find(id) != nil {
		return id
	}
	for i, number := range r.numbers() {
		if number == id {
			return r.members[i].ID
		}
	}
	return id
}

// appendNames writes a line for each member whose number is not its name. ZooKeeper's clients pass over it.
func (r *Roster) appendNames(text *strings.Builder, numbers []string) {
	for i, m := range r.members {
		if numbers[i] != m.ID {
			fmt.Fprintf(text, "%s%s=%s\n", nameKey, numbers[i], m.ID)
		}
	}
}

// nameKey begins a line that says the name of a member.
const nameKey = "name."

// namesIn are the names by number that stand in a text.
func namesIn(text string) map[string]string {
	names := make(map[string]string)
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), nameKey); ok {
			number, name, _ := strings.Cut(rest, "=")
			names[number] = name
		}
	}
	return names
}
