package petitions

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"ereception/internal/authz"
	"ereception/internal/notify"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs/kind"
)

func TestFollowedAndLeft(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p := b.gathering(t, b.ann)
	hidden := b.inState(t, b.ann, Checking)
	want(t, b.svc.Follow(ctx, b.bob, hidden.Number), errs.KindNotFound, "")
	want(t, b.svc.Follow(ctx, b.bob, 999_999), errs.KindNotFound, "")
	must(t, b.svc.Follow(ctx, b.bob, p.Number))
	must(t, b.svc.Follow(ctx, b.bob, p.Number))
	follows := func() bool {
		yes, err := b.svc.Follows(ctx, b.bob, p.Number)
		must(t, err)
		return yes
	}
	if !follows() {
		t.Fatal("not followed")
	}
	token := b.svc.unfollowToken(p.ID, b.bob.ID)
	for _, bad := range []string{"", ".", token + "0", token[:len(token)-1], strings.Replace(token, "-", "-1", 1), b.instanceWith("another secret").unfollowToken(p.ID, b.bob.ID), strings.ToUpper(token)} {
		if _, _, err := b.svc.FollowedBy(ctx, bad); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("%q: %v", bad, err)
		}
		want(t, b.svc.UnfollowByToken(ctx, bad), errs.KindNotFound, "")
	}
	if !follows() {
		t.Fatal("a forged link ended it")
	}
	n, title, err := b.svc.FollowedBy(ctx, token)
	must(t, err)
	if n != p.Number || title != p.Title {
		t.Errorf("%d %s", n, title)
	}
	must(t, b.svc.UnfollowByToken(ctx, token))
	must(t, b.svc.UnfollowByToken(ctx, token))
	if follows() {
		t.Error("still followed")
	}
	must(t, b.svc.Follow(ctx, b.bob, p.Number))
	must(t, b.svc.Unfollow(ctx, b.bob, p.Number))
	must(t, b.svc.Unfollow(ctx, b.bob, p.Number))
	if follows() {
		t.Error("followed after the end")
	}
}

func (b *bundle) instanceWith(secret string) *Service { return New(Options{Secret: []byte(secret)}) }

// TestEveryFollowerIsToldOnce: more than one batch, the job runs again and at
// two processes at once.
func TestEveryFollowerIsToldOnce(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p := b.inState(t, b.ann, Reviewing)
	const n = newsBatch + 120
	b.Owner(t, `WITH new AS (INSERT INTO people (email, name, status, email_confirmed_at, created_at)
		SELECT 'f' || n || '@example.org', 'Читач', 'active', now(), now() FROM generate_series(1, $1) n RETURNING id)
		INSERT INTO petition_follows (petition_id, person_id, created_at) SELECT $2, id, now() FROM new`, n, p.ID)
	b.Owner(t, "UPDATE petition_follows SET ended_at = now() WHERE person_id = (SELECT max(person_id) FROM petition_follows)")
	b.Owner(t, "UPDATE people SET status = 'blocked' WHERE id = (SELECT min(person_id) FROM petition_follows)")
	two := []*Service{b.svc, b.instance(t)}
	for range 2 {
		var wg sync.WaitGroup
		for _, s := range two {
			wg.Go(func() {
				if err := s.News(ctx, kind.PetitionNews{PetitionID: p.ID, What: "announced"}); err != nil {
					t.Errorf("%v", err)
				}
			})
		}
		wg.Wait()
	}
	must(t, b.svc.News(ctx, kind.PetitionNews{PetitionID: p.ID, What: "announced"}))
	const told = n - 2 + 1 // without the one who left and the one who closed his account, with the author
	if got := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'petition.announced'"); got != told {
		t.Errorf("%d letters, want %d", got, told)
	}
	if got := b.Count(t, "SELECT count(DISTINCT person_id) FROM letters"); got != told {
		t.Errorf("%d people are told, want %d", got, told)
	}
	must(t, b.svc.News(ctx, kind.PetitionNews{PetitionID: p.ID, What: "answered"})) // another thing is told again
	if got := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'petition.answered'"); got != told {
		t.Errorf("%d letters of the answer", got)
	}
}

func TestLettersSayWhatHappened(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p, target := b.inState(t, b.ann, Returned), b.gathering(t, b.bob)
	b.Owner(t, `UPDATE petitions SET ground = 'powers', ground_note = 'Питання вирішує обласна рада.', ends_at = $2, appeal_number = '2026-00042', merged_into = $3 WHERE id = $1`,
		p.ID, b.Clock.Now().Add(90*24*time.Hour), target.ID)
	b.Owner(t, `INSERT INTO petition_terms (petition_id, step, due_at, rule, explain_uk, explain_en, calendar_version, created_at) VALUES ($1, 'review', $2, 'r', 'у', 'e', 'v', $2)`, p.ID, b.Clock.Now())
	b.Owner(t, `INSERT INTO petition_answers (petition_id, authors, state, decision, body, created_at, updated_at) VALUES ($1, '{}', 'signed', 'partly', 'текст', $2, $2)`, p.ID, b.Clock.Now())
	composers := b.svc.Composers()
	has := map[string]string{
		"returned": "Питання не належить до повноважень", "published": "Підписати можна до", "not_enough": "2026-00042", "announced": "Відповідь до", "answered": "підтримано частково",
	}
	letter := func(what, locale string, who authz.Actor) (notify.Content, error) {
		return composers["petition."+what](ctx, notify.Letter{Kind: "petition." + what, PersonID: who.ID, Locale: locale, Data: map[string]any{"petition": float64(p.ID)}})
	}
	for _, n := range letterNews {
		for _, locale := range []string{i18n.Ukrainian, i18n.English} {
			c, err := letter(n.what, locale, b.ann)
			must(t, err)
			text := c.Subject + "\n" + c.Greeting + "\n" + strings.Join(c.Paragraphs, "\n") + strings.Join(c.Closing, "\n")
			for _, f := range c.Facts {
				text += "\n" + f.Label + " " + f.Value
			}
			if strings.Contains(text, "petitions.") || strings.Contains(text, "{") || c.To == "" || !strings.Contains(text, p.Title) {
				t.Errorf("%s, %s: %s", n.what, locale, text)
			}
			own := strings.NewReplacer(p.Title, "", b.ann.Name, "", "Питання вирішує обласна рада.", "").Replace(text) // the words of people stay theirs
			if locale == i18n.English && strings.ContainsFunc(own, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
				t.Errorf("%s is not English alone:\n%s", n.what, text)
			}
			if locale == i18n.Ukrainian && !strings.Contains(text, has[n.what]) {
				t.Errorf("%s does not say %q:\n%s", n.what, has[n.what], text)
			}
			if (c.Unsubscribe != nil) != (n.follows && !owed(n.what)) {
				t.Errorf("%s: unsubscribe %+v", n.what, c.Unsubscribe)
			}
		}
	}
	if c, err := letter("merged", "uk", b.ann); err != nil || c.Button.URL != b.svc.URL(target.Number) {
		t.Errorf("%+v %v", c.Button, err)
	}
	if c, err := letter("not_enough", "uk", b.bob); err != nil || len(c.Facts) != 1 {
		t.Errorf("a follower reads the number of the author's appeal: %+v", c.Facts)
	}
	b.Owner(t, "INSERT INTO petition_follows (petition_id, person_id, created_at, ended_at) VALUES ($1, $2, now(), now())", p.ID, b.bob.ID)
	if _, err := letter("answered", "uk", b.bob); !errors.Is(err, notify.ErrObsolete) {
		t.Errorf("who left is written to: %v", err)
	}
	b.Owner(t, "UPDATE people SET status = 'blocked' WHERE id = $1", b.ann.ID)
	if _, err := letter("published", "uk", b.ann); !errors.Is(err, notify.ErrObsolete) {
		t.Errorf("a closed account is written to: %v", err)
	}
}

func TestTheAuthorHearsOfTheFirstSupporters(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p, _ := b.submitted(t, b.ann)
	lone, _ := b.submitted(t, b.bob)
	b.mustSign(t, p, b.ann, b.bob)
	b.Clock.Set(lone.EndsAt.Add(time.Minute))
	must(t, b.svc.Close(ctx))
	if got := b.load(t, lone.Number); got.State != Lapsed {
		t.Fatalf("%s", got.State)
	}
	for what, who := range map[string]authz.Actor{"supported": b.ann, "lapsed": b.bob} {
		if n := b.Count(t, "SELECT count(*) FROM letters WHERE kind = $1 AND person_id = $2", letterKind(what), who.ID); n != 1 {
			t.Errorf("%s: %d letters", what, n)
		}
	}
	if n := b.Count(t, "SELECT count(*) FROM letters"); n != 2 {
		t.Errorf("%d letters in all", n)
	}
}

// TestTheAuthorIsOwedTheAnswer: ended letters keep nobody from the answer to his
// own petition (Закон 393/96-ВР, ст. 23-1), and no follower gets them back.
func TestTheAuthorIsOwedTheAnswer(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p := b.inState(t, b.ann, Reviewing)
	must(t, b.svc.Follow(ctx, b.ann, p.Number))
	must(t, b.svc.Follow(ctx, b.bob, p.Number))
	for _, a := range []authz.Actor{b.ann, b.bob} {
		must(t, b.svc.UnfollowByToken(ctx, b.svc.unfollowToken(p.ID, a.ID)))
	}
	composers := b.svc.Composers()
	for _, n := range letterNews {
		if !n.follows {
			continue
		}
		for range 2 {
			must(t, b.svc.News(ctx, kind.PetitionNews{PetitionID: p.ID, What: n.what}))
		}
		want := 0
		if n.what == "answered" || n.what == "announced" || n.what == "not_enough" {
			want = 1
		}
		if got := b.Count(t, "SELECT count(*) FROM letters WHERE kind = $1 AND person_id = $2", letterKind(n.what), b.ann.ID); got != want {
			t.Errorf("%s: the author gets %d letters, want %d", n.what, got, want)
		}
		c, err := composers[letterKind(n.what)](ctx, notify.Letter{Kind: letterKind(n.what), PersonID: b.ann.ID, Locale: "uk", Data: map[string]any{"petition": float64(p.ID)}})
		if want == 1 && (err != nil || c.Unsubscribe != nil || c.To == "") {
			t.Errorf("%s: %+v, %v", n.what, c, err)
		}
		if want == 0 && !errors.Is(err, notify.ErrObsolete) {
			t.Errorf("%s is written to an author who ended it: %v", n.what, err)
		}
	}
	if got := b.Count(t, "SELECT count(*) FROM letters WHERE person_id = $1", b.bob.ID); got != 0 {
		t.Errorf("a follower who left gets %d letters", got)
	}
	if yes, err := b.svc.Follows(ctx, b.ann, p.Number); err != nil || yes {
		t.Errorf("the author follows again: %v %v", yes, err)
	}
}

// TestTheLetterOfTheCheckTellsTheDaysOfTheCharter: no number stands in the words.
func TestTheLetterOfTheCheckTellsTheDaysOfTheCharter(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	p := b.inState(t, b.ann, Checking)
	b.Owner(t, "UPDATE petition_charters SET check_days = 1 WHERE id = $1", p.CharterID)
	for locale, has := range map[string]string{"uk": "до 1 робочого дня", "en": "up to 1 working day "} {
		c, err := b.svc.Composers()["petition.supported"](context.Background(), notify.Letter{Kind: "petition.supported", PersonID: b.ann.ID, Locale: locale, Data: map[string]any{"petition": float64(p.ID)}})
		must(t, err)
		if text := strings.Join(c.Paragraphs, " "); !strings.Contains(text, has) || strings.Contains(text, "two") || strings.Contains(text, "двох") {
			t.Errorf("%s: %s", locale, text)
		}
	}
}

// TestWhatTurnedIsToldAgain: a petition that loses its signatures to the fraud desk and
// gets them back more than once. Nobody is left with the contrary of what is so, and
// nobody is told twice of the same.
func TestWhatTurnedIsToldAgain(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p := b.gathering(t, b.ann)
	must(t, b.svc.Follow(ctx, b.bob, p.Number))
	b.mustSign(t, p, b.residents(t, 5)...)
	tell := func(what string) {
		for range 2 { // a job may run twice
			must(t, b.svc.News(ctx, kind.PetitionNews{PetitionID: p.ID, What: what}))
		}
	}
	sweep := func() int64 {
		b.Owner(t, "INSERT INTO petition_sweeps (petition_id, rule, state, found, ids, created_at) SELECT $1, 'address', 'tried', 1, ARRAY[min(id)], $2 FROM petition_signatures WHERE petition_id = $1", p.ID, b.Clock.Now())
		id := b.id(t, "SELECT max(id) FROM petition_sweeps")
		must(t, second(b.svc.RunSweep(ctx, b.clerk, p.Number, id)))
		return id
	}
	undo := func(id int64) { must(t, second(b.svc.UndoSweep(ctx, b.clerk, p.Number, id))) }
	is := func(st State) {
		t.Helper()
		if got := b.load(t, p.Number).State; got != st {
			t.Fatalf("it is %s, want %s", got, st)
		}
	}
	told := func(step string, who authz.Actor, reached, unreached, notEnough int) {
		t.Helper()
		for what, n := range map[string]int{"reached": reached, "unreached": unreached, "not_enough": notEnough} {
			if got := b.Count(t, "SELECT count(*) FROM letters WHERE kind = $1 AND person_id = $2", letterKind(what), who.ID); got != n {
				t.Errorf("%s: %d letters %s, want %d", step, got, what, n)
			}
		}
	}
	tell("reached")
	told("reached, author", b.ann, 1, 0, 0)
	told("reached, follower", b.bob, 1, 0, 0)
	id := sweep()
	is(Gathering)
	undo(id)
	is(Reached)
	tell("reached")
	told("reached again, author", b.ann, 2, 1, 0)
	told("reached again, follower", b.bob, 1, 0, 0) // he was never told of the contrary
	id = sweep()
	b.Clock.Advance(100 * 24 * time.Hour)
	must(t, b.svc.Close(ctx))
	is(NotEnough)
	tell("not_enough")
	told("not enough, author", b.ann, 2, 2, 1)
	told("not enough, follower", b.bob, 1, 0, 1)
	undo(id)
	is(Reached)
	tell("reached")
	told("revived, author", b.ann, 3, 2, 1)
	told("revived, follower", b.bob, 2, 0, 1)
	sweep()
	must(t, b.svc.Close(ctx))
	is(NotEnough)
	tell("not_enough") // ст. 23-1: it is an appeal of the author anew, and he is owed the news
	told("not enough again, author", b.ann, 3, 2, 2)
	told("not enough again, follower", b.bob, 2, 0, 2)
}
