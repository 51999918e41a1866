package sasl

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
)

// ErrFailed is wrapped by every error of Step: nobody was authenticated. What else such an error says is for the log of
// the server, not for the client.
var ErrFailed = errors.New("sasl: authentication failed")

// Server knows the users. It is not changed after it was made.
type Server struct {
	uri     string // service/host
	realm   string
	secrets map[string]secret
	nobody  secret // of users there are not, so that they take as long
}

// NewServer makes the server that ZooKeeper's clients expect.
func NewServer(users []User) *Server { return newServer("zookeeper", "zk-sasl-md5", users) }

func newServer(service, host string, users []User) *Server {
	s := &Server{uri: service + "/" + host, realm: host, secrets: make(map[string]secret, len(users))}
	for _, user := range users {
		s.secrets[user.Name] = newSecret(user.Name, s.realm, user.Password)
	}
	rand.Read(s.nobody[:])
	return s
}

// Begin starts the exchange of one connection.
func (s *Server) Begin() *Exchange { return &Exchange{server: s, step: (*Exchange).challenge} }

// Exchange is one login. It serves once, whatever comes of it.
type Exchange struct {
	server *Server
	nonce  string
	step   func(*Exchange, []byte) ([]byte, string, error)
}

// Step takes the client's next token and gives the answer to it. user is who the client has proved to be, and "" until
// it has. Every error is an ErrFailed and ends the exchange. The token is lent.
func (e *Exchange) Step(token []byte) (answer []byte, user string, err error) {
	step := e.step
	e.step = (*Exchange).over
	if answer, user, err = step(e, token); err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrFailed, err)
	}
	return answer, user, nil
}

// challenge is the first answer. A client has nothing to say before.
func (e *Exchange) challenge(token []byte) ([]byte, string, error) {
	if len(token) > 0 {
		return nil, "", errors.New("a response before the challenge")
	}
	e.nonce = rand.Text()
	e.step = (*Exchange).verify
	return fmt.Appendf(nil, `realm=%s,nonce="%s",charset=utf-8,algorithm=md5-sess`, quote(e.server.realm), e.nonce), "", nil
}

// verify is the second answer, to a client that knows its password.
func (e *Exchange) verify(token []byte) ([]byte, string, error) {
	said, err := directives(token)
	if err != nil {
		return nil, "", err
	}
	if err := e.check(said); err != nil {
		return nil, "", err
	}
	user := said["username"]
	if said["charset"] == "" {
		user = widen(user)
	}
	of, known := e.server.secrets[user]
	if !known {
		of = e.server.nobody
	}
	p := proof{secret: of, nonce: e.nonce, cnonce: said["cnonce"], count: said["nc"], uri: said["digest-uri"], authzid: said["authzid"]}
	right := subtle.ConstantTimeCompare([]byte(p.of("AUTHENTICATE")), []byte(said["response"])) == 1
	switch {
	case !right || !known:
		return nil, "", fmt.Errorf("user %q: unknown, or another password", user)
	case p.authzid != "" && p.authzid != said["username"]:
		return nil, "", fmt.Errorf("user %q: may not act as %q", user, p.authzid)
	}
	return []byte("rspauth=" + p.of("")), user, nil
}

// check finds out whether all is said, and fits this exchange.
func (e *Exchange) check(said map[string]string) error {
	switch {
	case said["username"] == "" || said["cnonce"] == "" || said["response"] == "":
		return errors.New("a directive is missing")
	case said["nonce"] != e.nonce:
		return errors.New("another nonce")
	case said["nc"] != "00000001":
		return errors.New("the nonce has been used")
	case said["realm"] != e.server.realm:
		return fmt.Errorf("realm %q", said["realm"])
	case !strings.EqualFold(said["digest-uri"], e.server.uri):
		return fmt.Errorf("digest-uri %q", said["digest-uri"])
	case said["qop"] != "" && said["qop"] != "auth":
		return fmt.Errorf("qop %q", said["qop"])
	case said["charset"] != "" && !strings.EqualFold(said["charset"], "utf-8"):
		return fmt.Errorf("charset %q", said["charset"])
	}
	return nil
}

func (e *Exchange) over([]byte) ([]byte, string, error) {
	return nil, "", errors.New("the exchange is over")
}
