package appeals

import (
	"context"

	"ereception/internal/platform/i18n"
)

// nouns are the arguments by which a message names what was filed, each in the
// case of grammar that its sentence needs. The accusative is the nominative in
// both words. The catalogues hold them as appeals.noun.<what>.<argument>.
var nouns = []string{
	"noun",      // nominative, accusative: «звернення», «запит»
	"noun_cap",  // the same as a title begins: «Звернення № 1», “Appeal No. 1”
	"noun_of",   // genitive: «звернення», «запиту»
	"the_noun",  // as a sentence begins: «Запит передано», “The request is…”
	"a_noun",    // «подати запит», “file a request”
	"with_noun", // «зі зверненням», «із запитом»
	"your",      // «ваше звернення», «ваш запит»
}

// what is the word for the kind: what asks for public information is a «запит»,
// never a «звернення» (Закон 2939-VI, ст. 19), and so is that of an advocate
// (Закон 5076-VI, ст. 24), which is of the same kind. What deputies write is a
// «звернення» here (Закон 93-IV, ст. 13; Закон 2790-XII, ст. 16).
func (k Kind) what() string {
	if k == InfoRequest {
		return "info"
	}
	return "appeal"
}

// Words gives the arguments of a message that name what was filed, as pairs of
// name and word.
func (k Kind) Words(locale string) []string {
	out := make([]string, 0, 2*len(nouns))
	for _, n := range nouns {
		out = append(out, n, i18n.In(locale, "appeals.noun."+k.what()+"."+n))
	}
	return out
}

// Args are the Words as i18n.T takes them.
func (k Kind) Args(locale string) []any {
	out := make([]any, 0, 2*len(nouns))
	for _, w := range k.Words(locale) {
		out = append(out, w)
	}
	return out
}

// Say is i18n.T of a message that names what was filed.
func (k Kind) Say(ctx context.Context, key string, args ...any) string {
	return i18n.T(ctx, key, append(args, k.Args(i18n.Locale(ctx))...)...)
}

// uk is one of the words in the language of the papers (Закон 2704-VIII, ст. 13).
func (k Kind) uk(noun string) string {
	return i18n.In(i18n.Ukrainian, "appeals.noun."+k.what()+"."+noun)
}
