package sdktest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// patience bounds one story. Only a host that does not answer ever waits so long.
const patience = 30 * time.Second

// TestHost checks that a host keeps every promise of sdk.Host, sdk.Session and sdk.Feed. It calls open once and works
// below nodes of its own, so that the host need not be empty and may be tested again; nothing else may write to it
// meanwhile. The host must be serving and have one node that everyone may create nodes in, the root. Open registers
// whatever has to be closed with t.Cleanup.
func TestHost(t *testing.T, open func(t *testing.T) sdk.Host) {
	host := open(t)
	for _, story := range []struct {
		name string
		play func(*stage)
	}{
		{"Status", tellsStatus},

		{"Session/New", opensSessions},
		{"Session/Resume", resumes},
		{"Session/TakenOver", takesOver},
		{"Session/WrongPassword", refusesWrongPassword},
		{"Session/Unknown", refusesUnknownSession},
		{"Session/Ahead", refusesAhead},
		{"Session/Ended", endsSession},
		{"Session/LetGo", letsGo},
		{"Session/LetGoWhileWaiting", letsGoWhileWaiting},

		{"Order/ReadYourWrite", readsItsWrite},
		{"Order/Pipeline", answersInOrder},
		{"Order/Zxid", growsZxid},
		{"Order/ErrorInItsTurn", answersErrorInItsTurn},
		{"Order/UnknownInItsTurn", answersUnknownInItsTurn},
		{"Order/NextGivesUp", nextGivesUp},
		{"Order/SubmitGivesUp", submitGivesUp},
		{"Order/SubmitGoesOn", submitGoesOn},
		{"Order/Poll", polls},
		{"Order/PollMakesRoom", pollMakesRoom},

		{"Value/NullAndEmpty", keepsNullAndEmpty},
		{"Value/Lent", keepsNothingLent},
		{"Value/Given", changesNothingGiven},
		{"Value/Stat", tellsStat},
		{"Value/Sequence", numbersSequence},
		{"Value/Children", sortsChildren},
		{"Value/ACL", keepsACL},
		{"Value/Auth", authenticates},
		{"Value/Codes", answersCodes},

		{"Multi/Done", doesMulti},
		{"Multi/Undone", undoesMulti},
		{"Multi/Builds", buildsInMulti},
		{"Multi/Empty", doesNothingInMulti},

		{"Watch/Events", firesWatches},
		{"Watch/Deleted", firesOnDeletion},
		{"Watch/OneShot", firesOnce},
		{"Watch/FailedRead", leavesNoWatchOnFailure},
		{"Watch/Unreadable", hidesEvents},
		{"Watch/OwnEventFirst", tellsOwnEventFirst},
		{"Watch/EventBeforeData", tellsEventBeforeData},
		{"Watch/Multi", firesInMulti},
		{"Watch/CatchUp", catchesUp},

		{"Watch/Persistent", persists},
		{"Watch/Recursive", watchesBelow},
		{"Watch/OneCopy", tellsOneCopy},
		{"Watch/LastingUnreadable", hidesFromLasting},
		{"Watch/Remove", removesWatches},
		{"Watch/Modes", refusesModes},
		{"Watch/LastingCatchUp", resumesLasting},
		{"Watch/NothingToCatchUp", asksForNothing},
		{"Watch/LastingLetGo", letsGoOfLasting},

		{"Read/AllChildren", countsAll},
		{"Read/Many", readsMany},
		{"Read/ManyOthers", refusesManyOthers},
		{"Read/WhoAmI", tellsWho},

		{"Kind/Container", makesContainers},
		{"Kind/TTL", makesTTL},

		{"Ephemeral/VanishTogether", ephemeralsVanish},
		{"Ephemeral/OutliveConnection", ephemeralsStay},
		{"Ephemeral/List", listsEphemerals},

		{"Feed/Changes", followsChanges},
		{"Feed/Middle", followsFromMiddle},
		{"Feed/NothingMissing", followsWithoutGap},
		{"Feed/NextGivesUp", feedGivesUp},
		{"Feed/Ephemerals", followsEphemerals},
	} {
		t.Run(story.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			s := &stage{T: t, ctx: ctx, host: host}
			s.me = s.dial()
			op := create("/sdktest-", "")
			op.Mode = sdk.ModePersistentSequential
			s.root = s.me.must(op).Result.Path
			story.play(s)
		})
	}
}

// stage is where one story plays: a host, a session, and a node of its own to work below.
type stage struct {
	*testing.T
	ctx  context.Context // bounds the story
	host sdk.Host
	me   *client
	root string
}

// path is the path of a node below the root of the story, of its root when names is empty.
func (s *stage) path(names ...string) string {
	return strings.Join(append([]string{s.root}, names...), "/")
}

// login is what the sessions of the suite are opened with. They never expire while it runs.
func login() sdk.Login {
	return sdk.Login{Timeout: patience, Identities: []sdk.Identity{{Scheme: "ip", ID: "127.0.0.1"}}}
}

// dial opens a session, which is let go of when the story ends.
func (s *stage) dial() *client {
	s.Helper()
	return s.dialAs(login())
}

// dialAs opens or resumes a session.
func (s *stage) dialAs(login sdk.Login) *client {
	s.Helper()
	session, err := s.host.Open(s.ctx, login)
	if err != nil {
		s.Fatalf("open session %#x: %v", login.SessionID, err)
	}
	s.Cleanup(func() { _ = session.Close() }) // a story may have closed it
	return &client{stage: s, session: session}
}

// resume takes up the session of c once more.
func (s *stage) resume(c *client) *client {
	s.Helper()
	return s.dialAs(c.login())
}

// refused checks that a login is answered with an error.
func (s *stage) refused(login sdk.Login, want error) {
	s.Helper()
	session, err := s.host.Open(s.ctx, login)
	if err == nil {
		_ = session.Close()
	}
	check(s, "open", err, want)
}
