package procurement

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	_ "embed" // the classifiers
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"ereception/internal/city"
	"ereception/internal/platform/ukrtext"
)

//go:embed data/cpv/dk021.tsv.gz
var cpvPack []byte

//go:embed data/codes.json
var codesPack []byte

// CPVNode is a code of ДК 021:2015, the Ukrainian edition of CPV. Prefix is what
// Query.CPV takes: the code without its trailing zeros and the check digit.
type CPVNode struct {
	Code   string // 45260000-7
	Prefix string // 4526
	Name   string
	Leaf   bool
}

type cpvEntry struct{ code, prefix, uk, en string }

type cpvTree struct {
	all      []cpvEntry // by code
	byPrefix map[string]int
	children map[string][]int // by prefix of the parent; "" for the divisions
}

var cpvCodes = sync.OnceValue(func() *cpvTree {
	t := &cpvTree{byPrefix: map[string]int{}, children: map[string][]int{}}
	z, err := gzip.NewReader(bytes.NewReader(cpvPack))
	if err != nil {
		panic(err) // embedded
	}
	sc := bufio.NewScanner(z)
	for sc.Scan() {
		f := strings.Split(sc.Text(), "\t")
		if len(f) != 3 || len(f[0]) < 8 {
			panic("broken classifier: " + sc.Text())
		}
		e := cpvEntry{code: f[0], prefix: cpvPrefix(f[0]), uk: f[1], en: f[2]}
		t.byPrefix[e.prefix] = len(t.all)
		t.all = append(t.all, e)
	}
	if err := sc.Err(); err != nil {
		panic(err)
	}
	for i, e := range t.all {
		parent := t.parent(e.prefix)
		t.children[parent] = append(t.children[parent], i)
	}
	return t
})

// cpvPrefix gives the digits of a code that say something.
func cpvPrefix(code string) string {
	digits, _, _ := strings.Cut(code, "-")
	if len(digits) < 2 {
		return digits
	}
	return digits[:2] + strings.TrimRight(digits[2:], "0")
}

// parent is the longest shorter code that there is; empty for a division.
func (t *cpvTree) parent(prefix string) string {
	for n := len(prefix) - 1; n >= 2; n-- {
		if _, ok := t.byPrefix[prefix[:n]]; ok {
			return prefix[:n]
		}
	}
	return ""
}

func (t *cpvTree) node(i int, locale string) CPVNode {
	e := t.all[i]
	n := CPVNode{Code: e.code, Prefix: e.prefix, Name: e.uk, Leaf: len(t.children[e.prefix]) == 0}
	if locale == "en" {
		n.Name = cmp.Or(e.en, e.uk)
	}
	return n
}

func (t *cpvTree) nodes(list []int, locale string) []CPVNode {
	out := make([]CPVNode, 0, len(list))
	for _, i := range list {
		out = append(out, t.node(i, locale))
	}
	return out
}

// CPVNodeOf finds a code («45260000-7», «45260000» or «4526»); ok is false for one that there is not.
func CPVNodeOf(code, locale string) (n CPVNode, ok bool) {
	t := cpvCodes()
	i, ok := t.byPrefix[cpvPrefix(code)]
	if !ok {
		return CPVNode{}, false
	}
	return t.node(i, locale), true
}

// CPVName gives the words of a code; empty for one that there is not.
func CPVName(code, locale string) string {
	if n, ok := CPVNodeOf(code, locale); ok {
		return n.Name
	}
	// 99999999-9 stands in no division: the two digits by which sums are told apart mean it.
	t, division := cpvCodes(), cpvPrefix(code)
	for _, i := range t.children[""] {
		if len(division) == 2 && strings.HasPrefix(t.all[i].prefix, division) {
			return t.node(i, locale).Name
		}
	}
	return ""
}

// CPVChildren lists the codes right below a code; of the empty code the divisions.
func CPVChildren(code, locale string) []CPVNode {
	t := cpvCodes()
	return t.nodes(t.children[cpvPrefix(code)], locale)
}

// CPVPath lists the codes above a code and the code itself, the division first.
func CPVPath(code, locale string) []CPVNode {
	t := cpvCodes()
	var out []CPVNode
	for p := cpvPrefix(code); p != ""; p = t.parent(p) {
		if i, ok := t.byPrefix[p]; ok {
			out = append(out, t.node(i, locale))
		}
	}
	slices.Reverse(out)
	return out
}

// cpvWords are made when somebody looks for a word first.
var cpvWords = sync.OnceValue(func() []string {
	t := cpvCodes()
	out := make([]string, len(t.all))
	for i, e := range t.all {
		out[i] = " " + city.Normalise(e.uk) + " " + city.Normalise(e.en)
	}
	return out
})

// CPVSearch lists at most n codes that begin with the digits, or whose name has
// words that begin so, the endings left aside; wider codes first.
func CPVSearch(text, locale string, n int) []CPVNode {
	t := cpvCodes()
	text = clean(text, maxQueryText)
	var found []int
	if d := strings.TrimRight(text, "-"); d != "" && strings.Trim(d, "0123456789-") == "" {
		for i, e := range t.all {
			if strings.HasPrefix(e.code, d) {
				found = append(found, i)
			}
		}
	} else {
		var words []string
		for _, w := range strings.Fields(city.Normalise(text)) {
			if utf8.RuneCountInString(w) > 1 {
				words = append(words, " "+ukrtext.Stem(w))
			}
		}
		if len(words) == 0 {
			return nil
		}
		for i, line := range cpvWords() {
			if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(line, w) }) {
				found = append(found, i)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b int) int { return cmp.Compare(len(t.all[a].prefix), len(t.all[b].prefix)) })
	return t.nodes(found[:min(n, len(found))], locale)
}

var codeLists = sync.OnceValue(func() map[string]map[string][2]string {
	var m map[string]map[string][2]string
	if err := json.Unmarshal(codesPack, &m); err != nil {
		panic(err) // embedded
	}
	return m
})

// Code lists of CodeName.
const (
	ListRationale    = "rationale"    // grounds of a change of a contract
	ListMilestone    = "milestone"    // codes of milestones
	ListReason       = "reason"       // of a monitoring
	ListStage        = "stage"        // of a monitoring
	ListViolation    = "violation"    // that a monitoring found
	ListCause        = "cause"        // of a purchase without open tenders
	ListCancellation = "cancellation" // reasons
	ListDocument     = "document"     // types of documents
	ListKind         = "kind"         // of a buyer
	ListMethod       = "method"
	ListCategory     = "category"
	ListTender       = "tender_status"
	ListContract     = "contract_status"
	ListKEKV         = "kekv" // economic classification of expenses, Ukrainian alone
)

// CodeName gives the words of a code of the source in a list, and the code
// itself when nobody knows it yet.
func CodeName(list, code, locale string) string {
	w, ok := codeLists()[list][code]
	switch {
	case !ok:
		return code
	case locale == "en" && w[1] != "":
		return w[1]
	default:
		return cmp.Or(w[0], w[1], code)
	}
}

func codesOf(list string, codes []string, locale string) []Code {
	var out []Code
	for _, c := range codes {
		out = append(out, Code{c, CodeName(list, c, locale)})
	}
	return out
}
