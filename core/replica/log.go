package replica

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
)

// Log is one node's end of the replicated log. Its methods may be called by any goroutine.
type Log struct {
	cfg       Config
	machine   Machine
	logger    *slog.Logger
	bridge    *bridge
	port      *port
	transport *transport
	fault     *fault
	space     space
	shortage  shortage
	store     *store
	fsm       *fsm
	raft      *raft.Raft

	route   atomic.Pointer[route] // where records go; nil: nowhere. Set by steer
	leading atomic.Pointer[lead]  // to which streams may come; between Machine.Lead and Follow. Set by steer
	wheel   wheel

	cluster  clusterID     // set by begin
	changing chan struct{} // holds one, on the leader, while the members change: whoever asks for another change waits, or goes

	alone    atomic.Pointer[error] // see Status.Alone; counts while there is no route
	tuning   sync.Mutex            // held while raft's tuning is read and written back
	steering sync.WaitGroup        // steer, watchSpace, wonder, seekPlace and hasten
	growing  sync.WaitGroup        // keepShort, which may be busy with a snapshot for a while
	beacons  sync.WaitGroup        // theirs of every term
	halting  sync.Once
	ending   chan struct{} // closed by the first halt
	halted   raft.Future   // outcome of the first halt
	closing  sync.Once
	closed   error // outcome of the first Close
}

// rpcTime bounds the network part of one message of raft. A snapshot has more, by its size.
const rpcTime = 10 * time.Second

// Open opens a log and drives m with it from now on: with what the last snapshot holds before it returns, and with
// the rest as the cluster finds together. Errors name what is in the way: folder, port, configuration.
func Open(cfg Config, m Machine) (*Log, error) {
	if err := cfg.applyDefaultsAndValidate(); err != nil {
		return nil, err
	}
	l := &Log{cfg: cfg, machine: m, logger: cfg.Logger, bridge: newBridge(cfg.Logger), wheel: newWheel(), ending: make(chan struct{}),
		changing: make(chan struct{}, 1)}
	l.fault = &fault{tell: l.wheel.touch}
	if err := l.open(); err != nil {
		return nil, errors.Join(err, l.release())
	}
	l.steering.Go(l.steer)
	l.growing.Go(l.keepShort)
	l.steering.Go(l.wonder)
	l.steering.Go(func() { l.watchSpace(l.shareSpace) })
	l.steering.Go(l.seekPlace)
	return l, nil
}

// open makes the parts, each on the one before. What it has made when it fails, release ends.
func (l *Log) open() (err error) {
	listener := l.cfg.Listener
	if listener == nil {
		if listener, err = net.Listen("tcp", l.cfg.Listen); err != nil {
			return fmt.Errorf("peer port: %w", err)
		}
	}
	l.port = openPort(listener, l.cfg.TLS, doors{l.receive, l.answer, l.foreign, l.stranger})
	if l.store, err = openStore(&l.cfg, l.bridge, l.fault); err != nil {
		return err
	}
	l.space = space{dir: l.cfg.Dir, enough: l.cfg.LowSpace, look: freeBytes, logger: l.logger}
	if err := l.space.measure(); err != nil {
		return err
	}
	self := l.cfg.address(listener)
	l.transport = &transport{NetworkTransport: raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Stream: &raftLayer{l.port, self}, MaxPool: 4, Timeout: rpcTime, Logger: l.bridge.Named("transport"),
	})}
	l.store.writing = func(entries []*raft.Log) { l.transport.early.Load().write(entries) }
	conf := l.cfg.raft(l.bridge.Named("raft"))
	if err := l.begin(self, conf); err != nil {
		return err
	}
	l.port.cluster = l.cluster
	l.fsm = &fsm{machine: l.machine, logger: l.logger, growth: newGrowth(l.cfg.SnapshotBytes)}
	if l.raft, err = l.newRaft(conf); err != nil {
		return fmt.Errorf("raft in %s: %w", l.cfg.Dir, err)
	}
	planted, err := l.store.number(plantedKey)
	if err = errors.Join(err, l.cfg.agrees(l.members(), l.cluster, planted)); err != nil {
		return err
	}
	l.port.start()
	l.observe()
	l.electAlone()
	return nil
}

// newRaft starts raft. It panics, before anything of it runs, when its log and its snapshots leave a gap between them.
func (l *Log) newRaft(conf *raft.Config) (r *raft.Raft, err error) {
	defer func() {
		if why := recover(); why != nil {
			err = fmt.Errorf("%w: %v, behind the newest snapshot that can be read. %s", ErrDamaged, why, whatHelps)
		}
	}()
	r, err = raft.NewRaft(conf, l.fsm, l.store, l.store, shelf{l.store.snapshots}, l.transport)
	if err != nil && strings.Contains(err.Error(), "existing snapshots") { // it has no other name
		err = fmt.Errorf("%w: no snapshot can be read. %s", ErrDamaged, whatHelps)
	}
	return r, err
}

// electAlone makes a cluster of one elect itself now, and not after a time-out that nobody needs.
func (l *Log) electAlone() {
	if servers := l.servers(); len(servers) == 1 && servers[0].ID == raft.ServerID(l.cfg.ID) {
		l.lookNow()
	}
}

// tune changes how raft is set.
func (l *Log) tune(change func(*raft.ReloadableConfig)) error {
	l.tuning.Lock()
	defer l.tuning.Unlock()
	setting := l.raft.ReloadableConfig()
	change(&setting)
	return l.raft.ReloadConfig(setting)
}

// Propose puts a record into the log, behind those that this node has proposed before. It takes ownership of the
// record and does not wait. Whether it was applied is learnt through Machine.Apply only; Machine.Lost says when that
// may never come. With an error (ErrNoLeader, ErrBusy, ErrTooLarge) the record was not taken.
func (l *Log) Propose(record []byte) error {
	if len(record) > MaxRecord {
		return ErrTooLarge
	}
	r := l.route.Load()
	if r == nil {
		return ErrNoLeader
	}
	return (*r).propose(record)
}

// ProposeIn is Propose for what only the leader of term may say: the record goes into the log in that term, or never. It
// is never forwarded, and one that was taken and then overtaken by another term is dropped without Machine.Lost: whoever
// leads then says it again, if it is still true. ErrNoLeader means that this node does not lead in term.
func (l *Log) ProposeIn(term uint64, record []byte) error {
	if len(record) > MaxRecord {
		return ErrTooLarge
	}
	if r := l.route.Load(); r != nil {
		if d, leads := (*r).(*lead); leads && d.term == term {
			return d.decide(record)
		}
	}
	return ErrNoLeader
}

// Report passes data, at most MaxRecord bytes, to Machine.Report of the leader: on this node, before it returns, when
// that is this one. False says that it was not taken; one that was may still be lost on its way.
func (l *Log) Report(data []byte) bool {
	if l.leading.Load() != nil {
		l.machine.Report(l.cfg.ID, data)
		return true
	}
	r := l.route.Load()
	if r == nil || len(data) > MaxRecord {
		return false
	}
	k, ok := (*r).(*link)
	return ok && k.report(data)
}

// Status is how a log is at a moment.
type Status struct {
	ID           string
	Cluster      string // the same on all its nodes, and on no other's
	Role         string // "leader", "follower", "candidate", "shutdown"
	Leader       string // id, "" for none known
	Term         uint64
	LastIndex    uint64 // on this node's disk
	CommitIndex  uint64 // known here to be committed
	AppliedIndex uint64 // handed to the machine
	Members      []Standing
	Followers    []string // while this node leads: who forwards to it, in order
	MembersIndex uint64   // of the configuration that the machine knows: it knows this one, or a newer one already; 0: none yet
	FreeBytes    uint64   // on the disk of the log, as of some seconds ago
	Low          bool     // that is less than Config.LowSpace, here; see Log.Low
	Fault        error    // disk trouble: this node stands aside until it is started again; nil: none
	Alone        error    // why this node has no leader: ErrOutside, nobody reaches it, it has no data; nil: it has one, or nobody knows
}

// Status tells how the log is.
func (l *Log) Status() Status {
	_, leader := l.raft.LeaderWithID()
	s := Status{
		ID: l.cfg.ID, Cluster: l.cluster.String(), Role: strings.ToLower(l.raft.State().String()), Leader: string(leader), Term: l.raft.CurrentTerm(),
		LastIndex: l.raft.LastIndex(), CommitIndex: l.raft.CommitIndex(), AppliedIndex: l.raft.AppliedIndex(),
		Members: l.members(), MembersIndex: l.fsm.members.Load(), FreeBytes: l.space.free.Load(), Low: l.space.low.Load(), Fault: l.fault.err(),
	}
	if d := l.leading.Load(); d != nil {
		s.Followers = d.followers()
	}
	if s.Fault != nil {
		s.Role, s.Leader = "shutdown", "" // raft may say that it follows when it has ended in the middle of leading
	}
	if why := l.alone.Load(); why != nil && l.route.Load() == nil {
		s.Alone = *why
	}
	return s
}

// members are those of the newest configuration in the log, committed or not.
func (l *Log) members() []Standing { return standings(l.raft.GetConfiguration().Configuration()) }

// servers are the members as the log has them.
func (l *Log) servers() []raft.Server { return l.raft.GetConfiguration().Configuration().Servers }

// Snapshot takes a snapshot now and lets go of the log behind it. With nothing new there is nothing to do.
func (l *Log) Snapshot() error {
	if err := l.raft.Snapshot().Error(); err != nil && !errors.Is(err, raft.ErrNothingNewToSnapshot) {
		return fmt.Errorf("snapshot: %w", err)
	}
	return nil
}

// Close hands leadership over, when this node has it and there is somebody to take it, and ends the log. The machine
// is told Lost and Follow a last time before it returns, and then nothing any more.
func (l *Log) Close() error { return l.close(true) }

func (l *Log) close(handOver bool) error {
	l.closing.Do(func() {
		l.wheel.stop()
		l.steering.Wait() // nothing is proposed any more, and what was has its outcome, unless this node stands aside
		if handOver && len(l.servers()) > 1 && l.raft.State() == raft.Leader {
			l.handOver()
		}
		l.closed = l.release()
	})
	return l.closed
}

// handOver makes the follower that has most of the log the leader. Raft bounds it by the election time-out.
func (l *Log) handOver() {
	if err := l.raft.LeadershipTransfer().Error(); err != nil {
		l.logger.Info("leadership not handed over", "error", err)
	}
}

// halt begins raft's end. The future waits for it, and must be asked only once the port is closed.
func (l *Log) halt() raft.Future {
	l.halting.Do(func() {
		l.halted = l.raft.Shutdown()
		close(l.ending)
	})
	return l.halted
}

// await waits for what becomes of a change that goes by way of the machine, or until raft is told to end: it forgets then
// what its machine had not come to, and never says so. The goroutine of such a one stays until the process ends.
func (l *Log) await(f raft.Future) error {
	outcome := make(chan error, 1)
	go func() { outcome <- f.Error() }()
	select {
	case err := <-outcome:
		return err
	case <-l.ending:
		return raft.ErrRaftShutdown
	}
}

// release ends what open has made, last first. Raft waits for answers: the port takes them away.
func (l *Log) release() error {
	l.bridge.mute()
	var down raft.Future
	if l.raft != nil {
		down = l.halt()
	}
	var errs []error
	if l.transport != nil {
		errs = append(errs, l.transport.Close())
	}
	if l.port != nil {
		errs = append(errs, l.port.close())
	}
	if down != nil {
		errs = append(errs, down.Error())
		l.transport.CloseStreams()
	}
	l.growing.Wait()
	l.beacons.Wait()
	if l.store != nil {
		errs = append(errs, l.store.close())
	}
	return errors.Join(errs...)
}

// dialLeader opens a forwarding stream.
func (l *Log) dialLeader(addr string) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) { return l.port.dial(ctx, streamForward, addr, greetTime) }
}
