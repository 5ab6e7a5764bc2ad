// Package cabinet is the pages of the office: the queue of appeals, the desk of
// one case with what is to be done with it, and the manager's overview.
//
// A page is a struct; it knows no domain and no request. Strings in the structs
// are in the reader's language already; the words of the pages themselves come
// from the catalogue ("cabinet.*"). Every page works without JavaScript: filters
// and actions are plain forms and links, and one case page holds at most one
// form of an action, so that its fields keep their short ids.
package cabinet

import (
	"slices"

	"github.com/a-h/templ"

	"ereception/templates/layout"
	"ereception/templates/ui"
)

// QueuePage is the list of a tray.
type QueuePage struct {
	Frame  layout.OfficePage
	Title  string
	Lead   string
	Errors []ui.FieldError
	Tabs   []ui.Tab
	Filter Filter
	Chips  []ui.ChipProps
	Range  string
	Save   Save
	Export string       // address of the whole list as a file
	From   string       // address of this very page
	Bulk   []BulkButton // at least one where there are rows
	Rows   []Row
	Pager  ui.PagerProps
	Empty  ui.EmptyProps
}

// assigns reports whether one of the acts has the key A.
func (p QueuePage) assigns() bool {
	return slices.ContainsFunc(p.Bulk, func(b BulkButton) bool { return b.Key })
}

// BulkButton leads with the chosen rows to the page of an act. Key gives it the key A.
type BulkButton struct {
	Icon, Label, Href string
	Key               bool
}

func (b BulkButton) attrs() templ.Attributes {
	a := templ.Attributes{"formaction": b.Href}
	if b.Key {
		a["data-key"] = "a"
	}
	return a
}

// Filter is the form above the queue.
type Filter struct {
	Set, Query string
	Selects    []Select
}

// Select is one of its drop-downs; the words of its first, empty option are its label.
// Drawn is what DrawOptions makes of the options, for when none of them is chosen.
type Select struct {
	Name, Label, Value string
	Options            []ui.Option
	Drawn              string
}

// Save is the form that keeps the filter («добірка»), or lets a kept one go.
// Without a query and an address there is nothing to keep.
type Save struct {
	Query, Name, Error string
	Drop               string // address of the form that lets it go
}

// Row is one appeal of the queue.
type Row struct {
	Href     string
	Number   string
	Kind     string // in words
	Title    string
	Place    string
	Mark     string // «повторне», in words
	Who      string
	Unit     string
	Executor string
	Out      string // «виконавець не діє», in words; empty for the others
	Status   string // code of ui.Status
	Age      ui.AgeProps
}

// BulkPage is an act on the chosen appeals before it is done: which will go, and which
// not and why.
type BulkPage struct {
	Frame    layout.OfficePage
	Back     ui.Link
	Title    string
	Lead     string
	Action   string
	From     string // query of the queue
	Errors   []ui.FieldError
	Go, Stay []Chosen
	Picks    []string // of those that will go, in the version that is shown
	Assign   *Assign
	Manager  *Manager
	Button   string
	Icon     string
	Empty    ui.EmptyProps // nothing is chosen, or nothing can go
}

// Chosen is a chosen appeal. Why it stays, or what became of it, in words.
type Chosen struct {
	Href, Number, Title, Status, Now, Why string
}

func stated(list []Chosen) bool {
	return slices.ContainsFunc(list, func(c Chosen) bool { return c.Status != "" })
}

// OutcomePage is what became of the chosen appeals when not all of them went.
type OutcomePage struct {
	Frame      layout.OfficePage
	Back       ui.Link
	Title      string
	Lead       string
	Done, Left []Chosen
	Again      string // address of the act with those that may go the second time; empty for none
}

// PrintPage is the chosen appeals as sheets of paper.
type PrintPage struct {
	Frame  layout.OfficePage
	Back   ui.Link
	Title  string
	Lead   string
	Sheets []Sheet
	Empty  ui.EmptyProps
}

// Sheet is an appeal on paper, without the contacts of its author.
type Sheet struct {
	Number, Title, Text string
	Facts               []ui.Fact
}

// CasePage is the desk of one appeal.
type CasePage struct {
	Frame    layout.OfficePage
	Back     ui.Link
	Next     string // addresses of the case after this one in the tray and of the one before it
	Prev     string
	Number   string
	Words    []any // arguments that name what was filed
	Status   string
	Late     string // how overdue, in words; empty when not
	Badges   []ui.BadgeProps
	Meta     string
	Title    string
	Demo     bool
	Steps    ui.StepsProps
	Tabs     []ui.Tab
	Tab      string // card, thread, history, files
	Errors   []ui.FieldError
	Conflict string
	Stale    *ui.StaleProps // both versions, when somebody was quicker
	Letter   Letter
	Person   Person
	Answer   *Answer
	Earlier  []Answer // the newest first
	Rating   *ui.NoteProps
	Similar  []Similar
	Act      Act
	Term     Term
	Place    *Place
	Staff    []ui.Fact
	Trail    string // address of the history of changes, for those who may read it; empty for the others
	Task     *Task
	Story    []Story // the newest first
	History  string  // address of the whole timeline
	Thread   []ui.MessageProps
	Promise  *ui.NoteProps // what the answer promised
	Files    []ui.FileItem
	Answered []ui.FileItem // files of the answers
}

// Letter is what was said.
type Letter struct {
	Time  string
	Text  string
	Files []ui.FileItem
}

// Person is the applicant. Contacts are masked until the reader asked for them.
type Person struct {
	Facts []ui.Fact
	Show  string // address of the form that shows the contacts; empty when they are shown
	Shown bool
}

// Answer is an answer, to read.
type Answer struct {
	Title     string
	Meta      string
	Result    string
	Text      string
	Files     []ui.FileItem
	Remarks   string
	Signature *ui.SignatureProps
	Rating    *ui.NoteProps // the verdict on an earlier one
}

// Similar is another appeal that may be about the same.
type Similar struct {
	Href, Title, Status, Number, Why, Date string
}

// Term is the statutory term.
type Term struct {
	Label    string // «До 10 грудня 2026»
	Due      ui.DueProps
	Line     ui.TermProps
	Explain  string
	Internal string
	Duties   []Duty // until when it may be ended without an answer
}

// Duty is a term of its own beside the main one.
type Duty struct {
	Text, Explain string
	Late          bool
}

// Place is where it happened.
type Place struct {
	Map   *ui.MapViewProps
	Title string
	Sub   string
}

// Task is the last resolution. Late says that its term is past the statutory one.
type Task struct {
	Text, Meta, Late string
}

// Story is one entry of the timeline: what happened, from which state to which.
type Story struct {
	What, From, To, Detail, Meta string
	Internal                     bool
}

// Act is what is to be done: one form by role and state, or why there is none.
// Kind is the name of the form; exactly the struct of that form is set.
type Act struct {
	Kind    string
	Title   string
	Lead    string
	Action  string
	Version string
	Cancel  string
	Notes   []ui.NoteProps
	Errors  []ui.FieldError
	Buttons []Button  // beside the form
	More    []ui.Link // under «Інші дії»

	Register *Register
	Classify *Classify
	Assign   *Assign
	Manager  *Manager
	Resolve  *Resolve
	Reason   *Reason
	Message  *Message
	Draft    *Draft
	Sign     *Sign
	Post     *Post
	Ending   *Ending
	Promise  *Promise
	Dispatch *Dispatch
	Hide     *Hide
	Submit   *ui.ButtonProps // a form without fields
}

// Wide says that the form is for writing or reading a long text and takes the
// wide column.
func (a Act) Wide() bool { return a.Draft != nil || a.Sign != nil || a.Ending != nil }

// Button is a link to the form of another action.
type Button struct {
	Icon, Label, Href string
}

// Register is the form of registration.
type Register struct {
	Classify *Classify
	Topic    string
	Topics   []ui.Option
	Marks    []string
	AllMarks []ui.Option
	Control  bool
}

// Classify is the choice of the kind and of the procedure, with the ground of a
// change. AskLate shows the box that confirms a term which has run out already.
type Classify struct {
	Kind, Procedure   string
	Kinds, Procedures []ui.Option
	Reason            string
	ReasonMax         int
	AskLate, Late     bool
}

// Assign is the form that gives an appeal to a unit and an executor.
type Assign struct {
	Unit, Executor   string
	Hint             string // of the executor
	Units, Executors []ui.Option
}

// Manager is the form that asks a manager for a resolution.
type Manager struct {
	Manager  string
	Managers []ui.Option
}

// Resolve is the form of a resolution.
type Resolve struct {
	Executor     string
	Executors    []ui.Option
	Coexecutors  []string
	Colleagues   []ui.Option
	Task         string
	Due          string
	Min, Max     string
	DueHint      string
	TaskExamples []string
}

// Post is the form that confirms the posting of a paper.
type Post struct {
	Of               string // the answer
	Posted, Min, Max string // days
	Paper            ui.Link
}

// Ending is the letter that ends an appeal without an answer in substance. Managers
// are empty where somebody answers for the appeal already.
type Ending struct {
	AskRecipient  bool
	Recipient     string
	Recipients    []string // to suggest
	RecipientMax  int
	Text          string
	Max           int
	Manager       string
	Managers      []ui.Option
	AskComplained bool // a complaint: is the recipient another than it is about
	NotComplained bool
	Ground        string
	Grounds       []ui.Option // to choose from; none where there is one alone
	AskFirst      bool
	First         string      // number of an earlier appeal
	Earlier       []ui.Option // to suggest
	Remarks       string
	Saved         string
	Replaces      string // says that a draft of another letter gives way
}

// Promise is the form that takes an answered appeal on own control.
type Promise struct {
	Text            string
	Max             int
	Until, From, To string // days
}

// Dispatch is the form that confirms that a forwarded appeal went to the other body.
type Dispatch struct {
	Of, Recipient    string
	Posted, Min, Max string // days
	Way              string
	Ways             []ui.Option
	Papers           []ui.Link
	Files            []ui.FileItem
}

// Hide is the form that takes an appeal from the map.
type Hide struct {
	Ground  string
	Grounds []ui.Option
}

// Reason is a form of one text: why.
type Reason struct {
	Field, Label, Hint, Value string
	Button, Icon              string
	Max                       int
}

// Message is a word to the applicant or among officials.
type Message struct {
	Key, Value, Label, Hint string
	Button, Icon            string
	Max                     int
}

// Draft is the form of an answer. Theirs is set after a stale save: what stands
// now, beside what the reader typed.
type Draft struct {
	Text      string
	Result    string
	Results   []ui.Option
	Templates []ui.Option
	Files     []ui.FileItem
	Remarks   string
	Saved     string
	Theirs    *Theirs
	CanSubmit bool
	Max       int
	Blanks    []Blank
}

// Blank is a place of a template that the text still has to have filled in.
type Blank struct{ Text, At string }

// Theirs is the text that somebody else saved meanwhile.
type Theirs struct {
	Text, Result, When string
}

// Sign is the form of signing: the letter exactly as it will be.
type Sign struct {
	Paper   Paper
	Digest  string
	Blocked string // why this reader may not sign; the form is not shown then
	Warning string
	Return  string // address of the form of remarks; empty when it is not his to return
}

// Paper is the letter as it will be printed.
type Paper struct {
	Issuer, Unit, Address, InReply string
	To, ToAddress                  string
	Title                          string
	Text                           string
	Result                         string
	Files                          []ui.FileItem
	Post, Signer                   string
}

// DeskPage is the manager's overview.
type DeskPage struct {
	Frame    layout.OfficePage
	Title    string
	Lead     string
	Tiles    []ui.TileProps
	Chips    []ui.ChipProps
	Sign     []SignRow
	Units    LoadChart
	Work     LoadChart
	Months   MonthChart
	Watch    []WatchRow
	Reopened string // «3 відкрито повторно»; empty for none
}

// SignRow is an answer that waits for the signature.
type SignRow struct {
	Href, Number, Title, Sub string
	Due                      ui.DueProps
}

// LoadChart shows bars with their table.
type LoadChart struct {
	Label string
	Rows  []LoadRow
}

// LoadRow is one bar. Percents are of the longest bar.
type LoadRow struct {
	Name        string
	Open, Late  string
	OpenPercent int
	LatePercent int
}

// MonthChart shows the mean time to an answer by months.
type MonthChart struct {
	Label string
	Desc  string
	Rows  []MonthRow
	Axis  []AxisLine
	Line  string // path
	Area  string
}

// AxisLine is a horizontal line with its figure.
type AxisLine struct {
	Y, TextY, Label string
}

// MonthRow is a point of the line and a line of the table.
type MonthRow struct {
	Name, Short, Days, OnTime, Answered string
	X, Y, LabelY                        string
	Last                                bool
}

// WatchRow is an appeal that wants the manager's eye.
type WatchRow struct {
	Href, Title string
	Due         ui.DueProps
	Meta        []string
}
