package petitions

import (
	"slices"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
)

// State is where a petition stands.
type State string

// The states. A draft is no petition yet (see Draft).
const (
	Supporting State = "supporting" // «збирає перших прихильників»
	Checking   State = "checking"   // «на перевірці»
	Returned   State = "returned"   // «повернуто авторові»: with the ground of the law, and may be mended
	Withdrawn  State = "withdrawn"  // «відкликано автором» before it was published
	Lapsed     State = "lapsed"     // «не набрала перших прихильників»
	Merged     State = "merged"     // «стосується того самого»: the reader is sent to the other one
	Gathering  State = "gathering"  // «збір підписів»
	NotEnough  State = "not_enough" // «не набрала підписів»: considered as an ordinary appeal
	Reached    State = "reached"    // «набрала підписи»: the review must be announced
	Reviewing  State = "reviewing"  // «на розгляді»
	Answered   State = "answered"   // «є відповідь, виконується»
	Done       State = "done"       // «виконано»
	Refused    State = "refused"    // «не підтримано»: a reasoned refusal
)

// States lists every state in the order of the way.
var States = []State{Supporting, Checking, Returned, Withdrawn, Lapsed, Merged, Gathering, NotEnough, Reached, Reviewing, Answered, Done, Refused}

// Signable reports whether signatures are taken in the state.
func (s State) Signable() bool { return s == Supporting || s == Gathering }

// Move is one change of state: from where, to where, and which action of authz
// it takes. There is no other way from state to state.
type Move struct {
	Name   string
	From   []State
	To     State // empty: the state stays
	Action authz.Action
	Norm   string // that the move stands on
}

// The norms of the moves. Which part of the article says what is not verified:
// docs/legal-check.md §8.
const (
	petitionNorm  = "ст. 23-1 Закону 393/96-ВР"
	charterNorm   = "статут територіальної громади (ст. 23-1 Закону 393/96-ВР)"
	authorNorm    = "ст. 18 Закону 393/96-ВР"                   // an applicant may take his matter back
	appealNorm    = "ст. 23-1, ст. 15, ст. 20 Закону 393/96-ВР" // considered as an ordinary appeal
	signNorm      = "ст. 23-1 Закону 393/96-ВР"                 // no entry of signatures without the citizen
	executionNorm = "ст. 19 Закону 393/96-ВР"                   // the decision is carried out, people are told
)

// The moves, with the norm that each stands on. A petition is created in
// Supporting, or in Checking under a charter that asks for no supporters.
var (
	moveSupported = Move{"supported", []State{Supporting}, Checking, authz.JobRun, charterNorm}         // the charter's number of first signatures
	moveLapse     = Move{"lapse", []State{Supporting}, Lapsed, authz.JobRun, charterNorm}               // the charter's term for them
	movePublish   = Move{"publish", []State{Checking}, Gathering, authz.PetitionModerate, petitionNorm} // ст. 23-1, ч. 6 [М]: within two working days
	moveReturn    = Move{"return", []State{Checking}, Returned, authz.PetitionModerate, petitionNorm}   // ст. 23-1, ч. 7 [М]: not published, with the ground
	moveMerge     = Move{"merge", []State{Checking}, Merged, authz.PetitionModerate, petitionNorm}      // the same matter gathers already
	moveCorrect   = Move{"correct", []State{Returned}, Checking, authz.PetitionWrite, petitionNorm}     // mended, it is a new submission
	moveWithdraw  = Move{"withdraw", []State{Supporting, Checking, Returned}, Withdrawn, authz.PetitionWrite, authorNorm}
	moveReach     = Move{"reach", []State{Gathering}, Reached, authz.JobRun, petitionNorm}            // ст. 23-1, ч. 8 [М]
	moveUnreach   = Move{"unreach", []State{Reached}, Gathering, authz.JobRun, petitionNorm}          // forged signatures were taken out before the announcement
	moveRevive    = Move{"revive", []State{NotEnough}, Reached, authz.JobRun, petitionNorm}           // what was taken out wrongly came back after the end
	moveExpire    = Move{"expire", []State{Gathering}, NotEnough, authz.JobRun, appealNorm}           // ст. 23-1: considered as an appeal
	moveAnnounce  = Move{"announce", []State{Reached}, Reviewing, authz.PetitionReview, petitionNorm} // ст. 23-1 [М]: within three working days
	moveSession   = Move{"session", []State{Reviewing}, "", authz.PetitionReview, petitionNorm}       // the review waits for a session of the council
	moveDraft     = Move{"draft", []State{Reviewing}, "", authz.PetitionDraft, petitionNorm}
	moveSendBack  = Move{"send_back", []State{Reviewing}, "", authz.PetitionAnswer, petitionNorm}
	moveSupport   = Move{"support", []State{Reviewing}, Answered, authz.PetitionAnswer, petitionNorm} // ст. 23-1 [М]: supported, wholly or in part
	moveRefuse    = Move{"refuse", []State{Reviewing}, Refused, authz.PetitionAnswer, petitionNorm}   // ст. 23-1 [М]: not supported, with reasons
	moveMilestone = Move{"milestone", []State{Answered, Done}, "", authz.PetitionExecute, executionNorm}
	moveFinish    = Move{"finish", []State{Answered}, Done, authz.PetitionExecute, executionNorm}
)

// Moves is the whole machine.
var Moves = []Move{
	moveSupported, moveLapse, movePublish, moveReturn, moveMerge, moveCorrect, moveWithdraw, moveReach, moveUnreach, moveRevive, moveExpire,
	moveAnnounce, moveSession, moveDraft, moveSendBack, moveSupport, moveRefuse, moveMilestone, moveFinish,
	moveSweep, moveRestore, moveGuard, moveExtend,
}

// Allows reports whether the move starts from s.
func (m Move) Allows(s State) bool { return slices.Contains(m.From, s) }

// apply makes the move or refuses: a page that somebody overtook gets a conflict.
func (p *Petition) apply(m Move) error {
	if !m.Allows(p.State) {
		return errs.Conflict("petitions.err.state")
	}
	if m.To != "" {
		p.State = m.To
	}
	return nil
}
