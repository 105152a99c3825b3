package trust

import (
	"slices"

	"example.com/tufinspect/internal/finding"
)

// topic is what a note hangs on: when that is judged anew, what was said about it
// before no longer holds. It is a pointer to a file, an edge or a root, or one of
// the words below.
type topic any

// Topics that are not one file's.
const (
	aboutEnd         = "end of the root chain"
	aboutGaps        = "gaps between older roots"
	aboutOlder       = "links between older roots"
	aboutUndelegated = "roles that nobody delegates to"
	aboutLimits      = "limits of the walk"
	aboutGraph       = "roles with several delegators, and cycles"
	aboutPatterns    = "what patterns cover of all that is listed"
	aboutMemory      = "what is remembered"
	aboutChanges     = "what has changed since"
)

// noteKey is what makes two notes the same one to a reader.
type noteKey struct {
	id               finding.ID
	subject, message string
}

func keyOf(n Note) noteKey { return noteKey{n.Finding.ID, n.Finding.Subject, n.Finding.Message} }

// say notes a finding about a role.
func (w *Walk) say(s *Step, about topic, f finding.Finding, role RoleID) {
	w.sayNote(s, about, Note{Finding: f, Role: role, About: true})
}

// sayAll notes a finding that is about no role in particular.
func (w *Walk) sayAll(s *Step, about topic, f finding.Finding) {
	w.sayNote(s, about, Note{Finding: f})
}

func (w *Walk) sayNote(s *Step, about topic, n Note) {
	k := keyOf(n)
	if slices.ContainsFunc(w.said[about], func(o Note) bool { return keyOf(o) == k }) {
		return
	}
	w.said[about] = append(w.said[about], n)
	if w.times[k]++; w.times[k] == 1 {
		s.Notes = append(s.Notes, n)
	}
}

// takeBack withdraws all that was said about a topic.
func (w *Walk) takeBack(s *Step, about topic) {
	for _, n := range w.said[about] {
		k := keyOf(n)
		if w.times[k]--; w.times[k] > 0 {
			continue
		}
		delete(w.times, k)
		if i := slices.IndexFunc(s.Notes, func(o Note) bool { return keyOf(o) == k }); i >= 0 {
			s.Notes = slices.Delete(s.Notes, i, i+1) // said in this very step
			continue
		}
		s.Withdrawn = append(s.Withdrawn, n)
	}
	delete(w.said, about)
}

// checkSize notes a file that common clients refuse for its size, or will soon: they
// have limits of their own for files whose length nobody lists.
func (w *Walk) checkSize(s *Step, about topic, subject string, role RoleID, size, listed, most int64) {
	switch {
	case listed >= 0:
	case size > most:
		w.say(s, about, finding.New(finding.OverClientLimit, subject, "%d bytes long, and clients based on go-tuf read at most %d", size, most), role)
	case size > most/10*8:
		w.say(s, about, finding.New(finding.NearClientLimit, subject, "%d bytes long, and clients based on go-tuf read at most %d", size, most), role)
	}
}
