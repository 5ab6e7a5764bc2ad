package authz

import (
	"slices"
	"sort"
)

// Role is a set of actions that is granted as one.
type Role string

// The roles. Guest and resident are implied by the session, system by the job;
// the others are granted by an administrator.
const (
	RoleGuest      Role = "guest"
	RoleResident   Role = "resident"   // «заявник»
	RoleSpecialist Role = "specialist" // «фахівець по роботі зі зверненнями»
	RoleExecutor   Role = "executor"   // «виконавець»
	RoleManager    Role = "manager"    // «керівник»
	RoleAdmin      Role = "admin"      // «адміністратор»
	RoleSystem     Role = "system"
)

// Granted lists the roles that an administrator may grant, in the order of the page.
var Granted = []Role{RoleSpecialist, RoleExecutor, RoleManager, RoleAdmin}

// Action is what one wants to do; it stands in routes, in db.Write and in the trail.
type Action string

// The actions.
const (
	PublicRead  Action = "public.read"
	SignUp      Action = "account.sign_up"
	SignIn      Action = "account.sign_in"
	AccountSelf Action = "account.self" // own profile, own sessions, own consents

	AppealFile  Action = "appeal.file" // also own drafts
	AppealOwn   Action = "appeal.own"  // read own appeals and their files
	AppealReply Action = "appeal.reply"
	AppealRate  Action = "appeal.rate"
	AppealShow  Action = "appeal.show" // take the own appeal from the public map, and put it back
	FileRead    Action = "file.read"

	CabinetRead      Action = "cabinet.read"  // queues and cards, within the scope of the actor
	ContactRead      Action = "contact.read"  // contacts of an applicant; each look is recorded
	AppealExport     Action = "appeal.export" // a list out of the queue, without the applicants; each is recorded
	CabinetSets      Action = "cabinet.sets"  // own saved filters of the queue
	AppealRegister   Action = "appeal.register"
	AppealAssign     Action = "appeal.assign"
	AppealResolve    Action = "appeal.resolve" // «резолюція»
	AppealWork       Action = "appeal.work"    // ask, note, draft
	AppealExtend     Action = "appeal.extend"
	AppealReclassify Action = "appeal.reclassify" // another kind or procedure, on a ground
	AppealDispose    Action = "appeal.dispose"    // write and submit a letter that ends it: forwarded, returned, not considered, a duplicate
	AnswerDraft      Action = "answer.draft"
	AnswerSubmit     Action = "answer.submit"
	AnswerReturn     Action = "answer.return"
	AnswerSign       Action = "answer.sign"
	AnswerSend       Action = "answer.send"
	AnswerPost       Action = "answer.post" // confirm that the paper was posted
	AppealClose      Action = "appeal.close"
	AppealHide       Action = "appeal.hide" // take from the public map, and put back

	AdminRead    Action = "admin.read"
	PeopleManage Action = "people.manage"
	CityManage   Action = "city.manage" // units, posts, topics, streets, districts, calendar
	TrailRead    Action = "trail.read"

	PurchaseFollow  Action = "purchase.follow"  // subscribe to a search of the city's purchases
	PurchaseExplain Action = "purchase.explain" // publish the buyer's explanation beside a purchase
	BuyersManage    Action = "buyers.manage"    // the list of the city's buyers, the state of the mirror

	PetitionWrite    Action = "petition.write"    // own petitions and their drafts
	PetitionSign     Action = "petition.sign"     // sign, and take the signature back
	PetitionFollow   Action = "petition.follow"   // be told of the answer
	PetitionModerate Action = "petition.moderate" // check against the law: publish, return, join
	PetitionGuard    Action = "petition.guard"    // the desk of forged signatures
	PetitionReview   Action = "petition.review"   // announce the review, let it wait for a session
	PetitionDraft    Action = "petition.draft"    // draft the answer
	PetitionAnswer   Action = "petition.answer"   // sign the answer, or return its draft
	PetitionExecute  Action = "petition.execute"  // milestones of what was promised
	CharterManage    Action = "charter.manage"    // versions of the charter's rules, switches, import

	JobRun Action = "job.run" // what a worker does in its own name
)

// matrix is the whole of the grants. A change of it shows in testdata/matrix.golden.
var matrix = map[Role][]Action{
	RoleGuest:    {PublicRead, SignUp, SignIn},
	RoleResident: {AccountSelf, AppealFile, AppealOwn, AppealReply, AppealRate, AppealShow, FileRead, PurchaseFollow, PetitionWrite, PetitionSign, PetitionFollow},
	RoleSpecialist: {
		CabinetRead, CabinetSets, AppealExport, ContactRead, AppealRegister, AppealReclassify, AppealAssign, AppealDispose, AppealWork, AnswerPost, AppealClose, AppealHide,
		PetitionModerate, PetitionGuard, PetitionReview, PetitionDraft, PetitionExecute,
	},
	RoleExecutor: {CabinetRead, CabinetSets, AppealExport, ContactRead, AppealWork, AppealDispose, AnswerDraft, AnswerSubmit, PurchaseExplain, PetitionDraft, PetitionExecute},
	RoleManager: {
		CabinetRead, CabinetSets, AppealExport, ContactRead, AppealAssign, AppealReclassify, AppealResolve, AppealWork, AppealExtend,
		AnswerReturn, AnswerSign, AppealClose, AppealHide, PurchaseExplain,
		PetitionGuard, PetitionReview, PetitionAnswer, PetitionExecute,
	},
	RoleAdmin:  {AdminRead, PeopleManage, CityManage, TrailRead, BuyersManage, CharterManage},
	RoleSystem: {JobRun, AnswerSend, AppealFile},
}

// Roles lists every role of the matrix in a fixed order.
func Roles() []Role {
	return []Role{RoleGuest, RoleResident, RoleSpecialist, RoleExecutor, RoleManager, RoleAdmin, RoleSystem}
}

// ActionsOf lists the actions that a role allows, sorted.
func ActionsOf(r Role) []Action {
	out := slices.Clone(matrix[r])
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}

// MayGrant reports whether an actor may give the role to somebody: nobody gives
// what he does not hold, except that an administrator, whose duty it is, gives
// the roles of the service.
func MayGrant(a Actor, r Role) bool {
	return slices.Contains(Granted, r) && (a.Has(RoleAdmin) || a.Has(r) && a.Can(PeopleManage))
}
