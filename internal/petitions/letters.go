package petitions

import (
	"context"
	"strconv"
	"time"

	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/i18n"
)

// letterKind is the kind of the letters about something.
func letterKind(what string) string { return "petition." + what }

// letterNews are what letters tell of, beside the link. Those that followers get
// can be ended at one press.
var letterNews = []struct {
	what    string
	follows bool
}{
	{"supported", false},
	{"lapsed", false},
	{"published", false},
	{"returned", false},
	{"merged", false},
	{"reached", true},
	{"unreached", false},
	{"announced", true},
	{"answered", true},
	{"milestone", true},
	{"done", true},
	{"not_enough", true},
	{"revived", false},
}

// Composers says what the letters about petitions say.
func (s *Service) Composers() map[string]notify.Composer {
	out := map[string]notify.Composer{}
	for _, n := range letterNews {
		out[letterKind(n.what)] = func(ctx context.Context, l notify.Letter) (notify.Content, error) {
			return s.compose(i18n.With(ctx, l.Locale), l, n.what, n.follows)
		}
	}
	return out
}

func (s *Service) compose(ctx context.Context, l notify.Letter, what string, follows bool) (notify.Content, error) {
	id, _ := l.Data["petition"].(float64)
	var p Petition
	var email, name, status string
	var ended bool
	var ground Ground
	var into *int64
	var due *time.Time
	var decision string
	var check int
	// The primary is asked: the letter may be written before a replica knows of its ground.
	err := s.db.Pool().QueryRow(ctx, `SELECT p.id, p.number, p.title, p.state, p.author_id, p.ends_at, p.session_on, p.ground_note, p.appeal_number, u.email, u.name, u.status,
		  EXISTS (SELECT FROM petition_follows f WHERE f.petition_id = p.id AND f.person_id = u.id AND f.ended_at IS NOT NULL),
		  coalesce(g.title_uk, ''), coalesce(g.title_en, ''), coalesce(g.norm_uk, ''), coalesce(g.norm_en, ''), (SELECT number FROM petitions m WHERE m.id = p.merged_into),
		  (SELECT due_at FROM petition_terms t WHERE t.petition_id = p.id AND t.step = 'review' ORDER BY t.id DESC LIMIT 1),
		  coalesce((SELECT decision FROM petition_answers a WHERE a.petition_id = p.id AND a.state = 'signed'), ''),
		  coalesce((SELECT check_days FROM petition_charters h WHERE h.id = p.charter_id), 0)
		FROM petitions p CROSS JOIN people u LEFT JOIN petition_grounds g ON g.code = p.ground WHERE p.id = $1 AND u.id = $2`, int64(id), l.PersonID).
		Scan(&p.ID, &p.Number, &p.Title, &p.State, &p.AuthorID, &p.EndsAt, &p.SessionOn, &p.GroundNote, &p.AppealNumber, &email, &name, &status, &ended,
			&ground.TitleUk, &ground.TitleEn, &ground.NormUk, &ground.NormEn, &into, &due, &decision, &check)
	// What the author is owed he cannot end (ст. 23-1), so it offers no end either.
	follows = follows && !(owed(what) && p.AuthorID != nil && *p.AuthorID == l.PersonID)
	if db.IsNotFound(err) || err == nil && (status != "active" || email == "" || follows && ended) {
		return notify.Content{}, notify.ErrObsolete
	}
	if err != nil {
		return notify.Content{}, err
	}
	number := strconv.FormatInt(p.Number, 10)
	c := notify.Content{
		To: email, ToName: name, Subject: i18n.T(ctx, "petitions.letter."+what+".subject", "n", number),
		Greeting:   i18n.T(ctx, "letters.greeting", "name", name),
		Paragraphs: []string{i18n.T(ctx, "petitions.letter."+what+".text", "n", number, "title", p.Title, "days", i18n.N(ctx, "petitions.rule.work_days", check))},
		Facts:      []notify.Fact{{Label: i18n.T(ctx, "petitions.letter.petition"), Value: p.Title}},
		Button:     &notify.Button{Label: i18n.T(ctx, "petitions.letter.button"), URL: s.URL(p.Number)},
	}
	switch {
	case what == "returned":
		c.Button = &notify.Button{Label: i18n.T(ctx, "petitions.letter.mend"), URL: s.base + "/account/petitions"}
		if w := ground.Title(l.Locale); w != "" {
			c.Facts = append(c.Facts, notify.Fact{Label: i18n.T(ctx, "petitions.letter.ground"), Value: w + " (" + ground.Norm(l.Locale) + ")"})
		}
		c.Paragraphs = append(c.Paragraphs, p.GroundNote)
	case what == "merged" && into != nil:
		c.Button.URL = s.URL(*into)
	case what == "lapsed":
		c.Button = nil // nobody but its author may see it, and he knows it
	case what == "announced" && due != nil:
		c.Facts = append(c.Facts, notify.Fact{Label: i18n.T(ctx, "petitions.letter.due"), Value: i18n.Date(ctx, *due)})
	case what == "answered" && decision != "":
		c.Paragraphs = append(c.Paragraphs, i18n.T(ctx, "petitions.decision."+decision)+".")
	case (what == "published" || what == "unreached") && p.EndsAt != nil:
		c.Facts = append(c.Facts, notify.Fact{Label: i18n.T(ctx, "petitions.letter.until"), Value: i18n.Date(ctx, *p.EndsAt)})
	case what == "not_enough" && p.AppealNumber != "" && p.AuthorID != nil && *p.AuthorID == l.PersonID:
		c.Facts = append(c.Facts, notify.Fact{Label: i18n.T(ctx, "petitions.letter.appeal"), Value: p.AppealNumber})
	}
	if follows {
		c.Unsubscribe = &notify.Button{Label: i18n.T(ctx, "petitions.letter.end"), URL: s.base + "/petitions/unfollow/" + s.unfollowToken(p.ID, l.PersonID)}
	}
	return c, nil
}
