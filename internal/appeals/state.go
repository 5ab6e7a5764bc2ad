package appeals

import (
	"slices"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
)

// State is where an appeal stands («стан розгляду»).
type State string

// The states. Those below the line are the special endings of law.
const (
	Received          State = "received"           // «надійшло»
	Registered        State = "registered"         // «зареєстровано»
	ResolutionPending State = "resolution_pending" // «на резолюції»
	InProgress        State = "in_progress"        // «на виконанні»
	Clarifying        State = "clarifying"         // «на уточненні»: the term runs on, the law knows no pause
	AnswerSigning     State = "answer_signing"     // «на підписі»
	Answered          State = "answered"           // «відповідь надіслано»
	Closed            State = "closed"             // «знято з контролю»
	Reopened          State = "reopened"           // «відкрито повторно»

	ReturnedForData State = "returned_for_data" // «повернуто з роз’ясненням»
	Forwarded       State = "forwarded"         // «переслано за належністю»
	NotConsidered   State = "not_considered"    // «не підлягає розгляду»
	DuplicateLinked State = "duplicate_linked"  // «дублетне»
	MeasuresPending State = "measures_pending"  // «дано обіцянку»: on own control until proof
	Archived        State = "archived"          // «у справі»
)

// States lists every state in the order of the way.
var States = []State{
	Received, Registered, ResolutionPending, InProgress, Clarifying, AnswerSigning, Answered, Closed, Reopened,
	ReturnedForData, Forwarded, NotConsidered, DuplicateLinked, MeasuresPending, Archived,
}

// Done reports whether the city has said its word: the statutory term no longer runs.
func (s State) Done() bool {
	switch s {
	case Answered, Closed, ReturnedForData, Forwarded, NotConsidered, DuplicateLinked, Archived:
		return true
	}
	return false
}

// TakesWords reports whether the applicant may write: while it is considered, and to
// complete what was returned to him.
func (s State) TakesWords() bool { return !s.Done() || s == ReturnedForData }

// Ended reports whether it was ended without an answer in substance.
func (s State) Ended() bool {
	switch s {
	case ReturnedForData, Forwarded, NotConsidered, DuplicateLinked:
		return true
	}
	return false
}

// Move is one change of state: from where, to where, and which action of authz
// it takes. There is no other way from state to state.
type Move struct {
	Name   string
	From   []State
	To     State // empty: the state stays
	Action authz.Action
}

// The moves of the main line, with the norm that each stands on.
var (
	moveRegister = Move{"register", []State{Received}, Registered, authz.AppealRegister}                                                   // КМУ 348: on the day of receipt
	moveManager  = Move{"to_manager", []State{Registered, ResolutionPending, Reopened, InProgress}, ResolutionPending, authz.AppealAssign} // from one manager to another too: he may be blocked or away
	moveAssign   = Move{"assign", []State{Registered, InProgress, Clarifying, Reopened}, InProgress, authz.AppealAssign}
	moveCoexec   = Move{"pass_coexecution", []State{InProgress, Clarifying, AnswerSigning, MeasuresPending}, "", authz.AppealAssign} // somebody leaves: neither the work nor a question under way stops for it
	moveResolve  = Move{"resolve", []State{ResolutionPending, Reopened, InProgress, Clarifying}, InProgress, authz.AppealResolve}    // КМУ 55, п. 65
	moveBack     = Move{"send_back", []State{ResolutionPending}, Registered, authz.AppealResolve}
	moveTake     = Move{"take", []State{InProgress}, "", authz.AppealWork}
	moveAsk      = Move{"ask", []State{InProgress, Clarifying}, Clarifying, authz.AppealWork}
	moveReply    = Move{"reply", []State{Clarifying}, InProgress, authz.AppealReply}
	moveDraft    = Move{"draft", []State{InProgress, Clarifying}, "", authz.AnswerDraft}
	moveSubmit   = Move{"submit", []State{InProgress, Clarifying}, AnswerSigning, authz.AnswerSubmit}
	moveReturn   = Move{"return", []State{AnswerSigning}, InProgress, authz.AnswerReturn}
	moveSign     = Move{"sign", []State{AnswerSigning}, Answered, authz.AnswerSign} // Закон 393/96-ВР, ст. 15, ч. 3
	movePost     = Move{"post", States, "", authz.AnswerPost}                       // the paper may be on its way to the post while the applicant has the appeal opened again
	moveHide     = Move{"hide", States, "", authz.AppealHide}                       // Закон 393/96-ВР, ст. 10: what is public is taken from the map in any state
	moveUnhide   = Move{"unhide", States, "", authz.AppealHide}                     // a mistake is mended
	moveShowing  = Move{"showing", States, "", authz.AppealShow}                    // Закон 393/96-ВР, ст. 10, ч. 1: nothing is disclosed without the consent of the applicant, who may take it back (Закон 2297-VI, ст. 8, ч. 2, п. 11)
	moveExtend   = Move{"extend", []State{Registered, ResolutionPending, InProgress, Clarifying, AnswerSigning, Reopened}, "", authz.AppealExtend}
	moveReclass  = Move{"reclassify", []State{Registered, ResolutionPending, InProgress, Clarifying, AnswerSigning}, "", authz.AppealReclassify} // Закон 393/96-ВР, ст. 20; Закон 2939-VI, ст. 20: the law follows from the content, not from the name
	moveSolved   = Move{"rate_solved", []State{Answered, Closed}, Closed, authz.AppealRate}
	moveUnsolved = Move{"rate_unsolved", []State{Answered, Closed}, Reopened, authz.AppealRate}
	moveClose    = Move{"close", []State{Answered}, Closed, authz.AppealClose} // КМУ 55, п. 174–175
)

// disposable are the states in which a letter of an ending may be written: nothing is answered yet.
var disposable = []State{Registered, ResolutionPending, InProgress, Clarifying}

// The moves to the special endings of law. Each is a letter that is written, submitted
// and signed as an answer is; the signature makes the move of its result.
var (
	moveDispose       = Move{"dispose", disposable, "", authz.AppealDispose}
	moveDisposeSubmit = Move{"dispose_submit", disposable, AnswerSigning, authz.AppealDispose}
	moveDisposeReturn = Move{"dispose_return", []State{AnswerSigning}, Registered, authz.AnswerReturn}     // to the specialist: no executor has it
	moveForward       = Move{"forward", []State{AnswerSigning}, Forwarded, authz.AnswerSign}               // Закон 393/96-ВР, ст. 7, ч. 3; Закон 2939-VI, ст. 22, ч. 3
	moveReturnForData = Move{"return_for_data", []State{AnswerSigning}, ReturnedForData, authz.AnswerSign} // Закон 393/96-ВР, ст. 5; ст. 7, ч. 4
	moveDataGiven     = Move{"data_given", []State{ReturnedForData}, Registered, authz.AppealReply}        // the appeal is completed
	moveNotConsider   = Move{"not_consider", []State{AnswerSigning}, NotConsidered, authz.AnswerSign}      // Закон 393/96-ВР, ст. 8; ст. 17
	moveDuplicate     = Move{"link_duplicate", []State{AnswerSigning}, DuplicateLinked, authz.AnswerSign}  // КМУ 348
	moveDispatch      = Move{"dispatch", States, "", authz.AnswerPost}                                     // the papers of a forwarded appeal go to the other body
	movePromise       = Move{"promise", []State{Answered}, MeasuresPending, authz.AppealClose}             // own control until proof
	moveProof         = Move{"proof", []State{MeasuresPending}, Closed, authz.AppealClose}
	moveHandBack      = Move{"hand_back", []State{Received, Registered, ResolutionPending, InProgress, Clarifying, AnswerSigning, Reopened}, Closed, authz.JobRun} // ст. 23-1: it is reviewed as the petition that it was
	moveArchive       = Move{"archive", []State{Closed, ReturnedForData, Forwarded, NotConsidered, DuplicateLinked}, Archived, authz.JobRun}
)

// Moves is the whole machine.
var Moves = []Move{
	moveRegister, moveManager, moveAssign, moveCoexec, moveResolve, moveBack, moveTake, moveAsk, moveReply, moveDraft, moveSubmit,
	moveReturn, moveSign, movePost, moveHide, moveUnhide, moveShowing, moveExtend, moveReclass, moveSolved, moveUnsolved, moveClose,
	moveDispose, moveDisposeSubmit, moveDisposeReturn, moveForward, moveDispatch, moveReturnForData, moveDataGiven, moveNotConsider, moveDuplicate, movePromise, moveProof, moveHandBack, moveArchive,
}

// Allows reports whether the move starts from s.
func (m Move) Allows(s State) bool { return slices.Contains(m.From, s) }

// apply makes the move or refuses: a page that somebody overtook gets a conflict.
func (a *Appeal) apply(m Move) error {
	if !m.Allows(a.State) {
		return errs.Conflict("appeals.conflict_state")
	}
	if m.To != "" {
		a.State = m.To
	}
	return nil
}
