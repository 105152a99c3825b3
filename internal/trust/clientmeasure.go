package trust

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

const (
	// nowhere is an address that nothing listens at; nothing is asked there either.
	nowhere = "http://repository.invalid"
	// noFolder cannot be opened on any system: go-tuf's client looks for files in its
	// folder even when it is told to keep nothing.
	noFolder = "\x00"
)

// errRepeats ends the question where go-tuf's client could only repeat what the walk has
// said.
var errRepeats = errors.New("the walk has said so already")

// notAsked says that a client cannot be asked, because what it would get is not known.
type notAsked struct{ role, why string }

func (e *notAsked) Error() string { return e.why }

// measured has go-tuf's own client look at the files that were kept.
type measured struct {
	q       *clientAsk
	at      time.Time
	verdict ClientVerdict
	differs []finding.Finding

	last  string // the role whose file was asked for last
	work  int64
	until time.Time // when looking for targets ends, once it has begun
}

// DownloadFile is go-tuf's Fetcher: it gives what was fetched before.
func (m *measured) DownloadFile(address string, most int64, _ time.Duration) ([]byte, error) {
	name := strings.TrimPrefix(address, nowhere+"/")
	s, ok := m.q.files[name]
	if !ok {
		return nil, &notAsked{"", safe.Text(name) + " was not looked at"}
	}
	m.last = s.role
	switch {
	case s.lack != "":
		return nil, &notAsked{s.role, s.lack}
	case s.status != 0:
		return nil, &metadata.ErrDownloadHTTP{StatusCode: s.status, URL: name}
	case s.size > most:
		return nil, &metadata.ErrDownloadLengthMismatch{Msg: fmt.Sprintf("%d bytes long, and it reads at most %d", s.size, most)}
	case m.q.flat && s.size > mostRepeated && s.role == metadata.TARGETS:
		return nil, errRepeats
	case s.data == nil:
		return nil, &notAsked{s.role, "its file was too large to be kept"}
	}
	if m.work += s.size * max(s.keys, 1); m.spent() {
		return nil, &notAsked{s.role, "there is too much to verify once more"}
	}
	return s.data, nil
}

// spent tells whether it may do no more.
func (m *measured) spent() bool {
	return m.work > clientWork || !m.until.IsZero() && time.Now().After(m.until)
}

// client makes a new one.
func (m *measured) client() (up *updater.Updater, err error) {
	err = guard("making its client", func() error {
		cfg, err := config.New(nowhere, m.q.root)
		if err != nil {
			return err
		}
		cfg.Fetcher, cfg.DisableLocalCache, cfg.LocalMetadataDir = m, true, noFolder
		if up, err = updater.New(cfg); err == nil {
			up.UnsafeSetRefTime(m.at)
		}
		return err
	})
	return up, err
}

// ask fills in the verdict, and what of it differs from the one here. A large targets
// role without delegations, which was accepted along the whole chain, is not verified once
// more: go-tuf's client has got as far as to ask for it, and finds all that it lists.
func (m *measured) ask() {
	v := &m.verdict
	v.Client, v.Version, v.Measured = finding.GoTUF.String(), finding.GoTUF.Version(), true
	v.Listed = m.q.listed
	switch {
	case m.q.rootErr != "":
		m.unknown("root", m.q.rootErr)
		return
	case m.q.climbs:
		m.unknown("", "a role's name leads out of the client's folder")
		return
	}
	m.last = "root"
	up, err := m.client()
	if err == nil {
		err = guard("Updater.Refresh", up.Refresh)
	}
	var no *notAsked
	switch {
	case errors.As(err, &no):
		m.unknown(no.role, no.why)
	case errors.Is(err, errRepeats):
		v.State, v.Measured = ClientAccepts, false
	case err != nil:
		v.State, v.Role, v.Why = ClientRefuses, m.refusedRole(err), plain(err)
		v.Refused = v.Listed
		if m.q.top == "" && !known(err) {
			m.differs = append(m.differs, differs(v.Role, "go-tuf's client refuses it: %s", v.Why))
		}
	default:
		v.State = ClientAccepts
		if m.q.top != "" {
			if !m.q.lowered {
				m.differs = append(m.differs, differs(m.q.top, "go-tuf's client accepts it"))
			}
			return
		}
		m.targets(up)
	}
}

func (m *measured) unknown(role, why string) {
	m.verdict.State, m.verdict.Role, m.verdict.Why = ClientUnknown, role, "not asked: "+why
}

// refusedRole names the role that a refusal is about. The end of the root is judged only
// when the timestamp is there.
func (m *measured) refusedRole(err error) string {
	text := err.Error()
	switch {
	case errors.Is(err, &metadata.ErrExpiredMetadata{}) && strings.Contains(text, "root"):
		return m.q.current
	case strings.HasPrefix(text, "role targets not found"):
		return "targets"
	}
	return m.last
}

// known tells whether a refusal has a finding of its own: the file
// is above the client's limit, or the end of the roots is not answered with 404.
func known(err error) bool {
	var status *metadata.ErrDownloadHTTP
	return errors.Is(err, &metadata.ErrDownloadLengthMismatch{}) || errors.As(err, &status)
}

// targets asks for the probes.
func (m *measured) targets(up *updater.Updater) {
	v := &m.verdict
	m.until = time.Now().Add(probeTime)
	for i := range m.q.probes {
		if m.spent() {
			return
		}
		p := &m.q.probes[i]
		if m.q.diamond && i > 0 { // it keeps the verdict of the first delegator
			var err error
			if up, err = m.client(); err != nil {
				return
			}
		}
		var t *metadata.TargetFiles
		err := guard("Updater.GetTargetInfo", func() (err error) { t, err = up.GetTargetInfo(p.path); return err })
		var no *notAsked
		if errors.As(err, &no) {
			continue
		}
		v.Asked++
		if err != nil {
			v.Refused++
			if len(v.First) < firstRefused {
				v.First = append(v.First, safe.Cut(p.path, 100))
			}
			if v.Partly == "" {
				v.Partly = plain(err)
			}
		}
		m.compare(p, t, err)
	}
}

// compare holds go-tuf's answer for a path against the one here.
func (m *measured) compare(p *probe, t *metadata.TargetFiles, err error) {
	if m.q.hashed || p.unproved || len(m.differs) >= firstRefused {
		return // it passes over roles with hash prefixes, and says so itself
	}
	name := safe.Cut(p.path, 100)
	switch {
	case err == nil && p.target == nil:
		m.differs = append(m.differs, differs(name, "go-tuf's client finds it, and no search through accepted roles does"))
	case err == nil && !p.target.is(t):
		m.differs = append(m.differs, differs(name, "go-tuf's client finds it with another length or other hashes"))
	case err != nil && p.target != nil && !known(err) && !m.q.many:
		m.differs = append(m.differs, differs(name, "go-tuf's client refuses it: %s", plain(err)))
	}
}

// is tells whether go-tuf's form of a target says the same.
func (t *Target) is(other *metadata.TargetFiles) bool {
	if other == nil || t.Length != other.Length || len(t.Hashes) != len(other.Hashes) {
		return false
	}
	for _, h := range t.Hashes {
		if !bytes.Equal(h.Sum, other.Hashes[h.Algorithm]) {
			return false
		}
	}
	return true
}
