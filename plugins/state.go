package plugins

import (
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin"
)

// The states of a plugin.
const (
	Starting  = "starting"   // its process is being started, or its frontend is not ready
	Running   = "running"    // it serves
	Waiting   = "waiting"    // it has ended and will be started again
	CrashLoop = "crash loop" // it does not run and has ended often lately; it is still started again
	Stopped   = "stopped"    // the supervisor has ended
)

// State is how a plugin is.
type State struct {
	Name      string `json:"name"`
	State     string `json:"state"`
	Where     string `json:"where,omitempty"` // while running: where it listens, as it says itself
	Restarts  int    `json:"restarts"`
	LastError string `json:"last_error,omitempty"` // what it ended with last, or why it is not ready

	Usage *plugin.Usage `json:"usage,omitempty"` // nil for a frontend that does not count
}

// Status tells how the plugins are, in the order of their specs.
func (s *Supervisor) Status() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	states := make([]State, len(s.plugins))
	for i, p := range s.plugins {
		states[i] = p.state()
	}
	return states
}

func (p *supervised) state() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	state := State{Name: p.name, Restarts: p.restarts}
	if p.last != nil {
		state.LastError = p.last.Error()
	}
	if user, ok := p.frontend.(interface{ Usage() plugin.Usage }); ok {
		usage := user.Usage()
		state.Usage = &usage
	}
	where, notReady := ready(p.frontend)
	switch {
	case p.stopped:
		state.State = Stopped
	case p.running && notReady == nil:
		state.State, state.Where = Running, where
	case p.ends.loop(time.Now()):
		state.State = CrashLoop
	case p.running:
		state.State = Starting
		state.LastError = notReady.Error()
	default:
		state.State = Waiting
	}
	return state
}

// ready asks a frontend that can say; any other is ready when it runs.
func ready(frontend sdk.Frontend) (where string, err error) {
	if readier, ok := frontend.(sdk.Readier); ok {
		return readier.Ready()
	}
	return "", nil
}
