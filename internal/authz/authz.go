// Package authz says who may do what.
//
// Three nets catch a forgotten check. Reach: every route names the Action that
// it Needs, and the process does not start without it. Act: db.Write checks the
// role→action matrix and refuses to commit unless the use-case asked
// tx.Authorize about the very record. See: reads start from the scope of the
// actor, so that what is not visible is not found.
//
// This package holds the first half of an answer: the matrix from Role to
// Action, as data (matrix.go, kept in a golden file). The second half, whether
// this actor stands in the right relation to this record, belongs to the
// record: it implements Resource.
package authz

import (
	"slices"
	"strconv"
)

// Kind tells a person from the portal itself.
type Kind uint8

// The kinds of an actor.
const (
	KindGuest  Kind = iota // nobody has signed in
	KindPerson             // a resident or an official
	KindSystem             // a worker of the portal, named by its job
)

// Actor is who acts. The zero value is a guest.
type Actor struct {
	Kind      Kind
	ID        int64  // people.id, 0 for a guest and the system
	Job       string // for the system: which worker
	Name      string // as people read it: «Коваленко Олена Ігорівна»
	Roles     []Role
	UnitID    int64   // the unit of the present post («підрозділ»), 0 for residents
	UnitIDs   []int64 // the unit of the post and every unit below it
	PostID    int64
	PostTitle string     // «начальник управління», as it will stand under a signature
	PostEn    string     // the same for English pages; empty where the register has none
	Head      bool       // the post leads its unit and may sign answers
	ActingFor *Principal // set while the person acts under a delegation («за дорученням»)
	SessionID string
	Locale    string
}

// Principal is the official for whom somebody acts.
type Principal struct {
	ID        int64
	Name      string
	PostTitle string
}

// Guest is the actor of a request without a session.
func Guest() Actor { return Actor{} }

// System is the actor of a background job; the trail shows it as «system:job».
func System(job string) Actor {
	return Actor{Kind: KindSystem, Job: job, Roles: []Role{RoleSystem}}
}

// Trail is the actor as the audit trail keeps him: a stable reference, no personal data.
func (a Actor) Trail() string {
	switch a.Kind {
	case KindSystem:
		return "system:" + a.Job
	case KindPerson:
		return "person:" + strconv.FormatInt(a.ID, 10)
	default:
		return "guest"
	}
}

// TrailFor is the principal as the trail keeps him; empty when the actor acts in his own name.
func (a Actor) TrailFor() string {
	if a.ActingFor == nil {
		return ""
	}
	return "person:" + strconv.FormatInt(a.ActingFor.ID, 10)
}

// SignedIn reports whether there is a person behind the actor.
func (a Actor) SignedIn() bool { return a.Kind == KindPerson }

// Has reports whether the actor holds the role.
func (a Actor) Has(r Role) bool { return slices.Contains(a.Roles, r) }

// Staff reports whether the actor holds any role in the city's service.
func (a Actor) Staff() bool {
	return a.Has(RoleSpecialist) || a.Has(RoleExecutor) || a.Has(RoleManager) || a.Has(RoleAdmin)
}

// InUnit reports whether the unit is the actor's own or stands below it.
func (a Actor) InUnit(id int64) bool { return id != 0 && slices.Contains(a.UnitIDs, id) }

// Can reports whether any role of the actor allows the action. Guests hold
// RoleGuest, every signed-in person also RoleResident.
func (a Actor) Can(act Action) bool {
	for _, r := range a.effective() {
		if slices.Contains(matrix[r], act) {
			return true
		}
	}
	return false
}

func (a Actor) effective() []Role {
	switch a.Kind {
	case KindSystem:
		return []Role{RoleSystem}
	case KindPerson:
		return append([]Role{RoleGuest, RoleResident}, a.Roles...)
	default:
		return []Role{RoleGuest}
	}
}

// Resource is a record that knows in which relation an actor must stand to it.
// Permit returns nil, an errs.NotFound when the actor may not know of it, or an
// errs.Forbidden when he may see it but not do this.
type Resource interface {
	Permit(a Actor, act Action) error
}

// Anyone is the resource of an action that has no record yet, or that the
// matrix alone decides: a sign-up, an entry of a city register.
var Anyone Resource = anyone{}

type anyone struct{}

func (anyone) Permit(Actor, Action) error { return nil }
