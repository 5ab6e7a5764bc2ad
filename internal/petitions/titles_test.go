package petitions

import (
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

func indexed(list []titleRow) *titles {
	t := &titles{terms: map[string]uint32{}, slots: map[int64]uint32{}}
	t.take(list)
	return t
}

func rowsOf(list []string) []titleRow {
	out := make([]titleRow, len(list))
	for i, title := range list {
		out[i] = titleRow{number: int64(i + 1), title: title, public: true}
	}
	return out
}

// TestTheIndexThatFollowsIsTheOneBuiltAnew: titles that come, change and go in any
// order leave the same likenesses as an index that is built of what is left, and
// none of a petition that went.
func TestTheIndexThatFollowsIsTheOneBuiltAnew(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // a test that can be repeated
	followed, now, sheet := indexed(nil), map[int64]titleRow{}, &scratch{}
	for round := range 300 {
		var list []titleRow
		seen := map[int64]bool{} // the database gives each petition once
		for range 1 + r.IntN(4) {
			row := titleRow{number: int64(1 + r.IntN(25)), title: similarTitles[r.IntN(len(similarTitles))], public: r.IntN(4) > 0}
			if seen[row.number] {
				continue
			}
			seen[row.number] = true
			list = append(list, row)
			if delete(now, row.number); row.public {
				now[row.number] = row
			}
		}
		followed.take(list)
		var left []titleRow
		for _, row := range now {
			left = append(left, row)
		}
		anew := indexed(left)
		ask := similarTitles[r.IntN(len(similarTitles))]
		got := followed.find(sheet, titleWords(ask, askMost), candidatesMost, 0)
		want := anew.find(&scratch{}, titleWords(ask, askMost), candidatesMost, 0)
		near := func(a, b float32) bool { return a-b < 1e-4 && b-a < 1e-4 }
		if !maps.EqualFunc(got, want, near) {
			t.Fatalf("round %d, %q: %v, built anew %v", round, ask, got, want)
		}
		for number := range got {
			if _, ok := now[number]; !ok {
				t.Fatalf("round %d: petition %d went and is found", round, number)
			}
		}
	}
}

// TestLongQuestionsAreBounded: no text makes more words than a question may have,
// however it is made.
func TestLongQuestionsAreBounded(t *testing.T) {
	t.Parallel()
	x := indexed(rowsOf(similarTitles))
	for _, text := range []string{
		strings.Repeat("ремонт дороги на вулиці ", 125), strings.Repeat("а-", 1500), strings.Repeat("-", 3000), strings.Repeat("ю", 3000), strings.Repeat("на ", 1000),
		strings.Repeat("й\u0306", 1500), strings.Repeat("'’ʼ", 1000), strings.Repeat("безпечний-перехід-", 170), strings.Repeat("\xff", 3000),
	} {
		words := titleWords(text, askMost)
		x.find(&scratch{}, words, candidatesMost, 0)
		if len(words) > askMost {
			t.Errorf("%.40q has %d words", text, len(words))
		}
	}
}

// FuzzLikeness: any text is a question and any text is a title; a title of some
// words is like itself, and nothing is liker than the whole.
func FuzzLikeness(f *testing.F) {
	for _, s := range append([]string{"", "\x00", "ʼ’'", "скейт-парк", "а‑б", "№ 5", "\xff\xfe", strings.Repeat("ь", 100)}, similarTitles...) {
		f.Add(s, "ремонт дороги")
	}
	f.Fuzz(func(t *testing.T, title, ask string) {
		rows := append(rowsOf(similarTitles), titleRow{number: 1000, title: title, public: true})
		x, sheet := indexed(rows), &scratch{}
		for _, text := range []string{ask, title} {
			words := titleWords(text, askMost)
			for _, w := range words {
				if w.key == "" || utf8.RuneCountInString(w.key) > wordMost {
					t.Errorf("%q: key %q", text, w.key)
				}
			}
			for number, score := range x.find(sheet, words, candidatesMost, 0) {
				if !(score >= likeLeast) {
					t.Errorf("%q: petition %d at %v", text, number, score)
				}
			}
		}
		words := titleWords(title, askMost)
		if len(words) == 0 || len(words) == askMost { // a longer title shares but its beginning
			return
		}
		if _, ok := x.find(sheet, words, len(rows), 0)[1000]; !ok {
			t.Errorf("%q is not like itself", title)
		}
		if _, ok := x.find(sheet, words, len(rows), 1000)[1000]; ok {
			t.Errorf("%q is like itself though it is left out", title)
		}
		x.take([]titleRow{{number: 1000, title: title}})
		if _, ok := x.find(sheet, words, len(rows), 0)[1000]; ok {
			t.Errorf("%q is found after it went", title)
		}
	})
}

// TestOneWordOrTwo: who writes «вело доріжка» means «велодоріжку» and the other way
// round; two words that stand apart are no one word.
func TestOneWordOrTwo(t *testing.T) {
	t.Parallel()
	x := indexed(rowsOf([]string{
		"Облаштувати велодоріжку на вулиці Київській", "Вело доріжка вздовж Тетерева", "Доріжка в парку для вело", "Лавки в сквері",
		"Скейтпарк для молоді", "Скейт парк на Мальованці",
	}))
	for _, c := range []struct {
		ask  string
		want []int64
		not  []int64
	}{
		{"вело доріжка", []int64{1, 2}, []int64{4, 5, 6}},
		{"велодоріжка", []int64{1, 2}, []int64{3, 4, 5, 6}},
		{"скейт парк", []int64{5, 6}, []int64{1, 2, 4}},
		{"скейтпарк", []int64{5, 6}, []int64{1, 2, 3, 4}},
	} {
		got := x.find(&scratch{}, titleWords(c.ask, askMost), candidatesMost, 0)
		for _, n := range c.want {
			if got[n] < 0.3 {
				t.Errorf("%s: %d is not found among %v", c.ask, n, got)
			}
		}
		for _, n := range c.not {
			if got[n] != 0 {
				t.Errorf("%s: %d is found among %v", c.ask, n, got)
			}
		}
		for n, score := range got {
			if score > 1 {
				t.Errorf("%s: %d is likelier than the same: %v", c.ask, n, score)
			}
		}
	}
}
