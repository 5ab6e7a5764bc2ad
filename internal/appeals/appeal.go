// Package appeals is the main job of the house: a resident's appeal
// («звернення», Закон 393/96-ВР) or request for public information («запит на
// публічну інформацію», Закон 2939-VI) from the first word of a draft to the
// signed answer and its rating.
//
// What is guaranteed:
//
//   - an appeal changes its state only by a Move of the one table in state.go;
//   - each change writes the timeline that people read (appeal_events) in its
//     own transaction, apart from the audit trail that the database writes;
//   - the moment of receipt never changes, and every term comes from
//     law/deadline with its explanation;
//   - whoever wrote a word of an answer can never sign it;
//   - an appeal, a message or a signature that was acknowledged is durable, and
//     its letter is promised in the same transaction;
//   - what an actor may not see is not found.
package appeals

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/errs"
)

// Kind is what is filed.
type Kind string

// The kinds («вид звернення», Закон 393/96-ВР, ст. 3; Закон 2939-VI, ст. 19).
const (
	Application Kind = "application"  // «заява (клопотання)»
	Proposal    Kind = "proposal"     // «пропозиція (зауваження)»
	Complaint   Kind = "complaint"    // «скарга»
	InfoRequest Kind = "info_request" // «запит на публічну інформацію»
)

// Kinds in the order of the form.
var Kinds = []Kind{Application, Complaint, Proposal, InfoRequest}

// Procedure is the procedure of law under which a new appeal of the kind runs.
// The specialist may choose another at registration.
func (k Kind) Procedure() deadline.Procedure {
	if k == InfoRequest {
		return deadline.Info // Закон 2939-VI, ст. 20, ч. 1
	}
	return deadline.Appeal // Закон 393/96-ВР, ст. 20, ч. 1
}

// Mapped reports whether an appeal of the kind can stand on the map at all. A
// request for information is answered to its author (Закон 2939-VI, ст. 20).
func (k Kind) Mapped() bool { return k != InfoRequest }

// Channel is how the applicant wants the answer.
type Channel string

// The channels of an answer.
const (
	ByEmail  Channel = "email"
	ByPost   Channel = "post"
	ByPortal Channel = "portal"
)

// Channels in the order of the form.
var Channels = []Channel{ByEmail, ByPortal, ByPost}

// Marks that the specialist puts («ознаки», Classifier of КМУ 858, groups 2, 5 and 7).
const (
	MarkRepeat     = "repeat"     // «повторне»
	MarkCollective = "collective" // «колективне»
	MarkPriority   = "priority"   // categories of ст. 7 and 18 of КМУ 348 that go first
)

// Marks in the order of the form.
var Marks = []string{MarkRepeat, MarkCollective, MarkPriority}

// Appeal is one «звернення» or «запит».
type Appeal struct {
	ID              int64
	Number          string
	RegIndex        *string
	Kind            Kind
	Procedure       deadline.Procedure
	State           State
	Channel         string
	AuthorID        int64
	AuthorName      string
	AuthorAddress   string
	AuthorPhone     string
	AuthorEmail     string
	AnswerChannel   Channel
	AddresseeID     *int64
	TopicID         *int64
	Title           string
	Body            string
	Place           string
	Lat             *float64
	Lon             *float64
	DistrictID      *int64
	ConstituencyID  *int64
	Public          bool // its author wants it on the map; see OnMap
	Confidential    bool
	Hidden          string  // the ground on which an official took it from the map; see HideGrounds
	Marks           Strings `gorm:"type:text[]"`
	Control         bool
	ReceivedAt      time.Time
	RegisteredAt    *time.Time
	RegisteredOn    time.Time // the day R, UTC midnight
	DueAt           time.Time
	InternalDue     time.Time
	DueRule         string
	DueExplainUk    string
	DueExplainEn    string
	CalendarVersion string
	Extended        bool
	UnitID          *int64
	ManagerID       *int64
	ExecutorID      *int64
	AnsweredAt      *time.Time
	ClosedAt        *time.Time
	Rating          *string
	RatingComment   string
	RatedAt         *time.Time
	RepeatOf        *int64
	FilingKey       uuid.UUID
	Demo            bool
	Version         int

	coexecutors []int64
}

// TableName names the table.
func (Appeal) TableName() string { return "appeals" }

// Explain is how the due date was counted, in the locale.
func (a *Appeal) Explain(locale string) string {
	if locale == "en" {
		return a.DueExplainEn
	}
	return a.DueExplainUk
}

// Open reports whether the term still runs.
func (a *Appeal) Open() bool { return !a.State.Done() }

// Late reports whether the term ran out at now, or had run out when it was answered.
func (a *Appeal) Late(now time.Time) bool {
	if a.AnsweredAt != nil && a.State != MeasuresPending { // a promise has a day of its own
		return a.AnsweredAt.After(a.DueAt)
	}
	return a.Open() && now.After(a.DueAt)
}

// Rateable reports whether the applicant may judge the latest answer: once, and
// also when the office has taken the appeal from control before he did.
func (a *Appeal) Rateable() bool {
	if a.State == Answered {
		return true
	}
	return a.State == Closed && a.AnsweredAt != nil && (a.RatedAt == nil || a.RatedAt.Before(*a.AnsweredAt))
}

func is(p *int64, id int64) bool { return p != nil && id != 0 && *p == id }

// manages reports whether the actor answers for the appeal as a manager: named
// on it, acting today for who is named («в. о.», «за дорученням»), or heading
// its unit.
func (a *Appeal) manages(who authz.Actor) bool {
	if !who.Has(authz.RoleManager) {
		return false
	}
	if is(a.ManagerID, who.ID) || who.ActingFor != nil && is(a.ManagerID, who.ActingFor.ID) {
		return true
	}
	return a.UnitID != nil && who.Head && who.InUnit(*a.UnitID)
}

// executes reports whether the actor works on the appeal: its executor, a
// co-executor, or an executor of its unit while nobody is named.
func (a *Appeal) executes(who authz.Actor) bool {
	if !who.Has(authz.RoleExecutor) {
		return false
	}
	if is(a.ExecutorID, who.ID) || slices.Contains(a.coexecutors, who.ID) {
		return true
	}
	return a.ExecutorID == nil && a.UnitID != nil && who.InUnit(*a.UnitID)
}

// visible is the pure half of scope (see scope.go), which says the same in SQL.
func (a *Appeal) visible(who authz.Actor) bool {
	if who.Kind == authz.KindSystem {
		return true
	}
	return who.SignedIn() && a.AuthorID == who.ID || a.staffVisible(who)
}

func (a *Appeal) staffVisible(who authz.Actor) bool {
	if who.Has(authz.RoleSpecialist) {
		return true
	}
	return a.manages(who) || a.executes(who) ||
		(who.Has(authz.RoleExecutor) || who.Has(authz.RoleManager)) && a.UnitID != nil && who.InUnit(*a.UnitID)
}

// officeActs are the acts of the city about an appeal.
var officeActs = map[authz.Action]bool{
	authz.AppealRegister: true, authz.AppealAssign: true, authz.AppealDispose: true, authz.AppealResolve: true, authz.AppealExtend: true,
	authz.AppealWork: true, authz.AnswerDraft: true, authz.AnswerSubmit: true, authz.AnswerReturn: true, authz.AnswerSign: true, authz.AnswerPost: true, authz.AppealClose: true, authz.AppealHide: true, authz.AppealReclassify: true,
}

// Permit says whether the actor stands in the right relation to the appeal.
func (a *Appeal) Permit(who authz.Actor, act authz.Action) error {
	if !a.visible(who) {
		return errs.NotFound()
	}
	if who.Kind == authz.KindSystem {
		return nil
	}
	// Nobody decides in the city's name about what he wrote himself, nor by the hand of
	// who acts for him (Закон 1700-VII, ст. 28: a conflict of interest).
	if officeActs[act] && (a.AuthorID == who.ID || who.ActingFor != nil && a.AuthorID == who.ActingFor.ID) {
		return errs.Forbidden("errors.forbidden")
	}
	ok := false
	switch act {
	case authz.AppealFile, authz.AppealOwn, authz.AppealReply, authz.AppealRate, authz.AppealShow:
		ok = a.AuthorID == who.ID
	case authz.FileRead:
		ok = true
	case authz.AppealRegister, authz.AnswerPost:
		ok = who.Has(authz.RoleSpecialist)
	case authz.AppealAssign, authz.AppealHide, authz.AppealReclassify:
		ok = who.Has(authz.RoleSpecialist) || a.manages(who)
	case authz.AppealDispose:
		ok = who.Has(authz.RoleSpecialist) || a.executes(who) // not who signs: the letter has two persons
	case authz.AppealResolve, authz.AppealExtend, authz.AnswerReturn:
		ok = a.manages(who)
	case authz.AnswerSign:
		ok = a.manages(who) // four eyes are the answer's own check
	case authz.AppealClose:
		ok = who.Has(authz.RoleSpecialist) || a.manages(who) // who set control, or the control service: КМУ 55, п. 174
	case authz.CabinetRead, authz.ContactRead:
		ok = a.staffVisible(who)
	case authz.AppealWork:
		ok = who.Has(authz.RoleSpecialist) || a.manages(who) || a.executes(who)
	case authz.AnswerDraft, authz.AnswerSubmit:
		ok = a.executes(who)
	}
	if !ok {
		return errs.Forbidden("errors.forbidden")
	}
	return nil
}
