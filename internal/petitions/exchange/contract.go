// Package exchange speaks with the national platform «Взаємодія» for the port
// petitions.Platform, by a contract of our own.
//
// The platform publishes no interface for the petitions of a city, so the contract
// is a proposal (docs/vzaemodiia.md says what is known, what is assumed and what
// must be agreed). It is small, versioned and neutral:
//
//	PUT {base}/petitions/{number}   the petition as it is now  -> what the platform holds
//	GET {base}/petitions/{number}                              -> what the platform holds
//
// The bodies are JSON by the schemas of the folder schema. A revision rises with
// every change of content, and the platform keeps the greatest: a request that is
// sent again, late or out of order changes nothing (the answer to an older revision
// is 409 with what is held). Of signatories the platform is told nothing but how
// many there are.
//
// What is guaranteed: the token goes to the configured address alone, redirections
// are not followed; a request ends within its time; a platform that fails again and
// again is left alone for a while; no error holds a word of what it wrote.
package exchange

import (
	_ "embed"
	"time"

	"ereception/internal/petitions"
)

// The names of the contract's two documents with their version. What a reader of an
// old version could misunderstand gets a new one.
const (
	ContractPetition = "ereception.petition/1"
	ContractHeld     = "ereception.held/1"
)

// SchemaPetition and SchemaHeld are the JSON Schemas (2020-12) of the documents.
var (
	//go:embed schema/petition.v1.schema.json
	SchemaPetition []byte
	//go:embed schema/held.v1.schema.json
	SchemaHeld []byte
)

type document struct {
	Contract   string      `json:"contract"`
	Number     int64       `json:"number"`
	Revision   int64       `json:"revision"`
	URL        string      `json:"url"`
	State      string      `json:"state"`
	Title      string      `json:"title"`
	Essence    string      `json:"essence"`
	Reasons    string      `json:"reasons,omitempty"`
	Proposal   string      `json:"proposal,omitempty"`
	Author     string      `json:"author"`
	Topic      string      `json:"topic,omitempty"`
	District   string      `json:"district,omitempty"`
	Dates      dates       `json:"dates"`
	Signatures signatures  `json:"signatures"`
	Terms      []term      `json:"terms"`
	Answer     *answer     `json:"answer,omitempty"`
	Milestones []milestone `json:"milestones"`
}

type dates struct {
	Published *time.Time `json:"published,omitempty"`
	Ends      *time.Time `json:"ends,omitempty"`
	Reached   *time.Time `json:"reached,omitempty"`
	Announced *time.Time `json:"announced,omitempty"`
	Session   string     `json:"session,omitempty"` // a day
	Answered  *time.Time `json:"answered,omitempty"`
	Closed    *time.Time `json:"closed,omitempty"`
}

type signatures struct {
	Threshold int    `json:"threshold"`
	Counted   int    `json:"counted"`
	Counts    string `json:"counts"` // email: all; strong: confirmed identities alone
	Email     int    `json:"email"`
	Strong    int    `json:"strong"`
}

type term struct {
	Step string     `json:"step"`
	Due  time.Time  `json:"due"`
	Met  *time.Time `json:"met,omitempty"`
	Rule string     `json:"rule"`
}

type answer struct {
	Decision    string    `json:"decision"`
	Text        string    `json:"text"`
	Signer      string    `json:"signer"`
	Post        string    `json:"post,omitempty"`
	Signed      time.Time `json:"signed"`
	DecisionURL string    `json:"decision_url,omitempty"`
	VideoURL    string    `json:"video_url,omitempty"`
}

type milestone struct {
	Title string `json:"title"`
	Due   string `json:"due,omitempty"`  // a day
	Done  string `json:"done,omitempty"` // a day
	Note  string `json:"note,omitempty"`
	URL   string `json:"url,omitempty"`
}

// held is the answer of the platform.
type held struct {
	Contract string      `json:"contract"`
	Number   int64       `json:"number"`
	Revision int64       `json:"revision"`
	URL      string      `json:"url"`
	AsOf     time.Time   `json:"as_of"`
	Count    *int        `json:"signatures,omitempty"` // that the platform gathered itself
	Answer   *heldAnswer `json:"answer,omitempty"`
}

type heldAnswer struct {
	URL string `json:"url"`
}

func day(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.DateOnly)
}

func documentOf(p petitions.Shared) document {
	d := document{
		Contract: ContractPetition, Number: p.Number, Revision: p.Revision, URL: p.URL, State: string(p.State), Title: p.Title,
		Essence: p.Essence, Reasons: p.Reasons, Proposal: p.Proposal, Author: p.Author, Topic: p.Topic, District: p.District,
		Dates: dates{
			Published: p.PublishedAt, Ends: p.EndsAt, Reached: p.ReachedAt, Announced: p.AnnouncedAt, Session: day(p.SessionOn), Answered: p.AnsweredAt, Closed: p.ClosedAt,
		},
		Signatures: signatures{Threshold: p.Threshold, Counted: p.Counted, Counts: string(p.Counts), Email: p.Email, Strong: p.Strong},
		Terms:      []term{}, Milestones: []milestone{},
	}
	for _, t := range p.Terms {
		d.Terms = append(d.Terms, term{Step: string(t.Step), Due: t.DueAt, Met: t.MetAt, Rule: t.Rule})
	}
	if a := p.Answer; a != nil {
		d.Answer = &answer{
			Decision: a.Decision, Text: a.Body, Signer: a.Signer, Post: a.Post, Signed: a.SignedAt, DecisionURL: a.DecisionURL, VideoURL: a.VideoURL,
		}
	}
	for _, m := range p.Milestones {
		d.Milestones = append(d.Milestones, milestone{Title: m.Title, Due: day(m.DueOn), Done: day(m.DoneOn), Note: m.Note, URL: m.URL})
	}
	return d
}
