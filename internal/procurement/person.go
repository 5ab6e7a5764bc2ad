package procurement

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ereception/internal/platform/ukrtext"
)

// The source has no field that says who of the parties is a human being. What
// tells it is the identifier, where it is right, and the name, where a sole
// trader («ФОП») stands under a code that is wrong, a placeholder or missing.
// Закон 2297-VI, ст. 6: no more personal data than the purpose asks.

// apostrophes are all the signs that stand for one in names.
const apostrophes = "'’ʼ`‘′´ʹ＇"

// plainName brings a name to the form in which names are judged: lower case,
// composed letters, look-alikes read as Cyrillic, one kind of apostrophe, quotes,
// dashes and blanks.
func plainName(s string) string {
	var words []string
	for _, w := range strings.Fields(norm.NFC.String(strings.ToValidUTF8(s, " "))) {
		words = append(words, readCyrillic(w))
	}
	return nameSigns.Replace(strings.ToLower(strings.Join(words, " ")))
}

var nameSigns = strings.NewReplacer(
	"«", `"`, "»", `"`, "“", `"`, "”", `"`, "„", `"`, "‟", `"`, "''", `"`, "`", "'", "’", "'", "ʼ", "'", "‘", "'", "′", "'", "´", "'", "ʹ", "'",
	"–", "-", "—", "-", "‑", "-", "‐", "-", "−", "-", "\u00AD", "",
)

// readCyrillic reads the Latin look-alikes of a word as Cyrillic, if there is a
// Cyrillic letter in it: «ФOП».
func readCyrillic(w string) string { return ukrtext.Cyrillic(w) }

const edge = `(?:^|[^\p{L}\p{N}])`

// soleMark finds the words that say of a party that it is a human being; they are
// in the form of plainName.
var soleMark = regexp.MustCompile(edge + `(` + strings.Join([]string{
	`ф[\s.\-/]{0,3}о[\s.\-/]{0,3}п`, // ФОП, Ф.О.П., Ф. О. П.
	`ф[\s.\-/]{0,3}о[\s.\-/]{0,3}підприєм(?:ець|ця|цем|цю|ниця|ниці)`,
	`ф[\s.\-/]{0,3}л[\s.\-/]{0,3}п`, // ФЛП
	`с[\s.\-/]{0,3}п[\s.\-/]{0,3}д(?:[\s.\-/]{0,3}ф[\s.\-/]{0,3}[оли](?:[\s.\-/]{0,3}[бл])?)?`, // СПД, СПДФО, СПД ФО
	`фіз(?:ичн\p{L}{1,3}|\.)?[\s.\-]{0,3}ос(?:оба|оби|обою|обі|обу|об)?`,
	`физ(?:ическ\p{L}{1,3}|\.)?[\s.\-]{0,3}лиц(?:о|а|ом|у)`, `фіз\.?[\s\-]?лиц(?:о|е)`,
	`підприєм(?:ець|ця|цем|цю|цеві|ниця|ниці|ницею)`, `предпринимател(?:ь|я|ем|ю|ьница)`,
	`суб'?єкта?\s+підприємницької\s+діяльності`,
	`самозайнят(?:а|ої|ою)\s+особ(?:а|и|ою)`, `громадян(?:ин|ка|ина|ки)`,
	`нотаріус`, `адвокат`, `арбітражн(?:ий|а)\s+керуюч(?:ий|а)`, `приватн(?:ий|а)\s+виконав(?:ець|иця)`, `судов(?:ий|а)\s+експерт`,
	`(?:individual|private|sole)\s+(?:entrepreneur|trader|proprietor)`, `sole\s+proprietorship`, `self[\s\-]?employed`, `(?:natural|individual|private|physical)\s+person`,
	`f\.?\s?o\.?\s?p\.?`, `flp`, `spd(?:[\s\-]?f[ol])?`, `entrepreneur`,
	`fi?y?z[iy]?chn?a\s+oso?ba`, `pidpr[iy]+[ey]*m[ei]+[tc]s?['’]?`, `predprinimatel'?`,
}, "|") + `)\.?(?:$|[^\p{L}\p{N}])`)

// profession tells those of the words that may be a part of the name of a company too.
var profession = regexp.MustCompile(`нотаріус|адвокат|арбітражн|виконав|експерт|громадян`)

// besideMark finds what is left of «приватний підприємець» without its noun.
var besideMark = regexp.MustCompile(`^(?:приватн(?:ий|а|ого|ої)|індивідуальн(?:ий|а)|частный|индивидуальный|private|individual)[\s,:-]+`)

// withoutMarks leaves those words out of a name in the form of plainName.
func withoutMarks(t string) string {
	t = " " + t + " "
	for {
		cut := soleMark.ReplaceAllString(t, "  ")
		if cut == t {
			return halfMark.ReplaceAllString(besideMark.ReplaceAllString(strings.TrimLeft(t, " -,:"), ""), "")
		}
		t = cut
	}
}

// legalForm finds the words that say of a party that it is an organisation. They
// are whole words: «Банковський», «Центренко» are surnames.
var legalForm = regexp.MustCompile(edge + `(` + strings.Join([]string{
	`тов`, `тдв`, `ооо`, `пат`, `прат`, `ват`, `зат`, `ат`, `зао`, `оао`, `пао`, `ао`, `дп`, `гп`, `дкп`, `кп`, `кнп`, `мкп`, `окп`, `ку`, `кз`, `кпнз`, `дз`, `ду`, `окз`, `оку`, `фг`, `сфг`, `стов`,
	`пнвп`, `нвп`, `нпп`, `нтц`, `вкф`, `вкп`, `пкф`, `птк`, `мп`, `мпп`, `осбб`, `жбк`, `го`, `бо`, `бф`, `рв`, `в/ч`, `тц`, `ск`, `бк`, `дск`, `акб`, `ак`, `пбф`, `пп\s+фірма`,
	`товариств(?:о|а|ом)`, `общество`, `підприємств(?:о|а|ом)`, `предприятие`, `предприятия`, `господарств(?:о|а)`, `хозяйство`, `організаці(?:я|ї)`, `организация`,
	`асоціаці(?:я|ї)`, `спілк(?:а|и)`, `об'?єднання`, `кооператив`, `фонд(?:у)?`, `банк(?:у)?`, `завод(?:у)?`, `фабрик(?:а|и)`, `комбінат(?:у)?`, `компані(?:я|ї|ю)`, `компанiя`, `компания`,
	`фірм(?:а|и)`, `фирма`, `концерн`, `корпораці(?:я|ї)`, `холдинг`, `груп(?:а|и)?`, `центр(?:у)?`, `інститут(?:у)?`, `університет(?:у)?`, `академі(?:я|ї)`, `школ(?:а|и)`, `ліце(?:й|ю)`,
	`гімназі(?:я|ї)`, `коледж(?:у)?`, `училищ(?:е|а)`, `лікарн(?:я|і)`, `поліклінік(?:а|и)`, `клінік(?:а|и)`, `аптек(?:а|и)`, `музе(?:й|ю)`, `театр(?:у)?`, `бібліотек(?:а|и)`, `рад(?:а|и)`,
	`управління`, `департамент(?:у)?`, `відділ(?:у|ення)?`, `міністерств(?:о|а)`, `служб(?:а|и)`, `адміністраці(?:я|ї)`, `агентств(?:о|а)`, `агенці(?:я|ї)`, `установ(?:а|и)`, `заклад(?:у)?`,
	`інспекці(?:я|ї)`, `комітет(?:у)?`, `частин(?:а|и)`, `філі(?:я|ї|ал)`, `представництв(?:о|а)`, `бюро`, `контор(?:а|и)`, `редакці(?:я|ї)`, `видавництв(?:о|а)`, `студі(?:я|ї)`, `будин(?:ок|ку)`,
	`державн(?:е|а|ий)`, `комунальн(?:е|а|ий)`, `приватне`, `громадськ(?:а|е)`, `адвокатськ(?:е|а)`, `фермерське`, `нотаріальна`, `юридична\s+особа`,
	`ltd`, `llc`, `inc`, `gmbh`, `jsc`, `plc`, `company`, `corporation`, `limited`, `enterprise`, `university`, `institute`, `department`, `council`, `hospital`, `school`, `tov`, `pat`, `prat`,
	`tovar[iy]stvo`, `pidpri?y?i?[ey]*mstvo`, `komunaln(?:e|a|ii|yi)`, `derzhavn(?:e|a|ii|yi)`,
}, "|") + `)(?:$|[^\p{L}\p{N}'])`)

// halfMark is «ПП»: «приватне підприємство», which is an organisation, or, before
// the name of a human being alone, «приватний підприємець».
var halfMark = regexp.MustCompile(`^(?:пп|п\.\s?п\.|чп|ч\.\s?п\.|іп|ип|ip|pp|chp|pe)[\s:,-]+`)

type nature int

const (
	unknown nature = iota
	human          // says so, or is nothing but the name of a human being
	legal
)

// natures remembers what natureOf said: a city buys from the same people again
// and again, and a name is judged for every place where it stands.
var natures struct {
	sync.Mutex
	m map[string]nature
}

const naturesMax = 20_000

func natureOf(name string, known bool) nature {
	if name == "" {
		return unknown
	}
	key := name
	if known {
		key = "\x00" + name
	}
	natures.Lock()
	n, ok := natures.m[key]
	natures.Unlock()
	if ok {
		return n
	}
	n = judgeName(name, known)
	natures.Lock()
	defer natures.Unlock()
	if natures.m == nil || len(natures.m) >= naturesMax {
		natures.m = map[string]nature{}
	}
	natures.m[strings.Clone(key)] = n
	return n
}

// judgeName tells whose a name is. known says that the party has a code that may
// be right: then a name that only might be a human being's is an organisation's.
func judgeName(name string, known bool) nature {
	t := strings.TrimSpace(plainName(name))
	if n := len(t); n > 1 && t[0] == '"' && t[n-1] == '"' && strings.Count(t, `"`) == 2 {
		t = strings.TrimSpace(t[1 : n-1])
	}
	if t == "" {
		return unknown
	}
	bare := unquoted(t)
	if humanName(bare, known) {
		return human // «Школа Іван Іванович»
	}
	if bare != t && halfMark.MatchString(bare+" ") && halfMark.ReplaceAllString(bare+" ", "") == "" {
		if !known && humanName(strings.TrimSpace(strings.ReplaceAll(strings.TrimPrefix(t, bare), `"`, " ")), known) {
			return human // «ПП "Іваненко І. І."» without a code
		}
		return legal
	}
	if cut := halfMark.ReplaceAllString(bare, ""); cut != bare {
		if bare == t && humanName(cut, known) {
			return human
		}
		if !soleMark.MatchString(cut) {
			return legal
		}
	}
	sole, org := soleMark.FindStringIndex(bare), legalForm.FindStringIndex(bare)
	switch {
	case sole != nil && (org == nil || sole[0] <= org[0]):
		if known && profession.MatchString(bare[sole[0]:sole[1]]) && !humanName(strings.TrimSpace(withoutMarks(bare)), false) {
			return unknown // «Нотаріус Плюс»
		}
		return human
	case org != nil:
		return legal
	case bare != t && humanName(strings.ReplaceAll(t, `"`, " "), known) && !strings.HasPrefix(t, `"`):
		return human
	}
	return unknown
}

// unquoted leaves out what stands in quotes: a proper name of an organisation,
// which may be anything. An unpaired quote opens to the end.
func unquoted(t string) string {
	if strings.Count(t, `"`) == 0 {
		return t
	}
	var b strings.Builder
	for i, part := range strings.Split(t, `"`) {
		if i%2 == 0 {
			b.WriteString(part + " ")
		}
	}
	if s := strings.TrimSpace(b.String()); s != "" {
		return s
	}
	return strings.TrimSpace(strings.ReplaceAll(t, `"`, " "))
}

// legalFirst reports whether a name begins with the form of an organisation.
func legalFirst(name string) bool {
	at := legalForm.FindStringIndex(strings.TrimLeft(plainName(name), ` "`))
	return at != nil && at[0] == 0
}

// nameWord is a word of a name: a whole word or an initial.
type nameWord struct {
	text    string // lower case
	initial bool
	dot     bool // followed by one
}

// nameWords takes the name of a human being apart; ok is false when there is
// something in it that no name has.
func nameWords(t string) (out []nameWord, ok bool) {
	t = strings.Trim(t, " ,.;:-()")
	runes := []rune(t)
	for i := 0; i < len(runes); {
		r := runes[i]
		switch {
		case unicode.IsLetter(r):
			j := i
			for j < len(runes) && (unicode.IsLetter(runes[j]) || (runes[j] == '\'' || runes[j] == '-') && j+1 < len(runes) && unicode.IsLetter(runes[j+1])) {
				j++
			}
			w := nameWord{text: string(runes[i:j]), dot: j == len(runes) || runes[j] == '.'}
			w.initial = j-i == 1 || w.dot && (w.text == "дж" || w.text == "дз")
			out = append(out, w)
			i = j
		case r == ' ' || r == '.' || r == ',' || r == '-':
			i++
		default:
			return nil, false
		}
	}
	return out, len(out) > 1
}

// humanName reports whether the text, in the form of plainName, is the name of a
// human being and nothing else.
func humanName(t string, known bool) bool {
	w, ok := nameWords(t)
	if !ok || len(w) > 4 {
		return false
	}
	initials := 0
	var whole []string
	for _, x := range w {
		if x.initial {
			initials++
		} else {
			whole = append(whole, x.text)
		}
	}
	switch {
	case initials > 2 || len(whole) == 0:
		return false
	case initials > 0:
		if len(whole) > 2 || w[0].initial == w[len(w)-1].initial {
			return false
		}
		if len(whole) == 2 { // «Іваненко Іван І.»
			return givenName(whole[0]) || givenName(whole[1])
		}
		return initials == 2 || surnameLike(whole[0], known) || !known && len(whole[0]) > 4
	case len(whole) > 2:
		if last := whole[len(whole)-1]; len(whole) == 4 && (turkic[last] || patronymic(last)) && !legalForm.MatchString(t) {
			return true
		}
		if len(whole) != 3 {
			return false
		}
		if patronymic(whole[2]) && !legalWord(whole[0]) || turkic[whole[2]] {
			return true
		}
		if patronymic(whole[1]) && (givenName(whole[0]) || surnameLike(whole[2], false)) {
			return true
		}
		return givenName(whole[1]) && surnameLike(whole[0], known) && !legalForm.MatchString(t)
	case len(whole) == 2:
		a, b := whole[0], whole[1]
		if patronymic(b) && (givenName(a) || surnameLike(a, known)) {
			return true
		}
		if !known && (surnameLike(a, true) || surnameLike(b, true)) && !legalForm.MatchString(t) {
			return true
		}
		return (givenName(b) && (surnameLike(a, true) || !known) || givenName(a) && (surnameLike(b, true) || !known)) && !legalForm.MatchString(t)
	}
	return false
}

// legalWord tells the nouns before which a patronymic is the name of somebody in
// whose honour an organisation is called.
func legalWord(w string) bool {
	return legalForm.MatchString(w) && !shortSurnames[w]
}

// shortSurnames are words of organisations that are surnames as well.
var shortSurnames = map[string]bool{"школа": true, "рада": true, "служба": true, "банк": true, "завод": true}

var turkic = map[string]bool{"огли": true, "оглу": true, "кизи": true, "огли-": true, "оглы": true, "кызы": true, "ogly": true, "oglu": true, "kyzy": true, "kizi": true}

var (
	patronymicForm = regexp.MustCompile(`(?:[оеєйї]вич|ьович|ілліч|илич|кузьмич|лукич|фомич|хомич|савич|никитич|микитич|івна|ївна|йовна|овна|євна|евна|ілльична|ильинична|іллінична|никитична|кузьминична|лукинична|фоминична|саввична|хомична|` +
		`[oey]v[iy]ch|il+i?y?ch|kuz'?m[iy]ch|luk[iy]ch|fom[iy]ch|[iy]vna|ovna|evna|yevna|il'?[iy]n[iy]chna)$`)
	// notPatronymic are adjectives that end like one.
	notPatronymic = map[string]bool{
		"основна": true, "головна": true, "верховна": true, "духовна": true, "мовна": true, "безкоштовна": true, "коштовна": true, "шановна": true, "грунтовна": true, "готовна": true,
		"церковна": true, "змістовна": true, "рівна": true, "чарівна": true, "нерівна": true, "грошовна": true, "царівна": true, "ковна": true, "osnovna": true, "golovna": true, "holovna": true, "charivna": true,
	}
	// patronymicCase finds one in any case, in a text: «Івановича», «Іванівні».
	patronymicCase = regexp.MustCompile(`^\p{L}+(?:[оеєйї]вич|ьович|ілліч|кузьмич|лукич|фомич|хомич|савич|никитич|микитич|івн|ївн|йовн)(?:[ауеіою]|ем|еві|ою|єю)?$`)
	// surnameForm finds what hardly is anything but a surname, surnameMaybe what may be a word too.
	surnameForm  = regexp.MustCompile(`(?:енко|єнко|чук|юк|ський|ська|цький|цька|зький|зька|ова|ева|єва|[^г]ов|ев|єв|няк|дзе|швілі|ович|евич|enko|chuk|[yi]uk|sk[yi]+|ska|tska|ova|eva|off|dze|shvili|ovych|ovich)$`)
	surnameMaybe = regexp.MustCompile(`(?:ук|ко|ець|ич|ак|як|ян|ін|ин|їн|іна|ина|їна|ів|їв|ий|ій|аш|ба|га|ло|ла|ра|за|оз|ць|ль|ар|ир|ик|іль|uk|ko|ets|[iy]ch|ak|yan|[iy]n|[iy]na|iv)$`)
)

func patronymic(w string) bool {
	return utf8.RuneCountInString(w) > 5 && patronymicForm.MatchString(w) && !notPatronymic[w]
}

// surnameLike reports whether the word looks like a surname; sure asks for one
// that hardly is anything else.
func surnameLike(w string, sure bool) bool {
	for _, p := range strings.Split(w, "-") {
		if utf8.RuneCountInString(p) >= 4 && (surnameForm.MatchString(p) || !sure && surnameMaybe.MatchString(p)) {
			return true
		}
	}
	return false
}

// givenNames are those that people in Ukraine bear, in Ukrainian and in Russian.
// The list need not be full: it only helps where a name has no patronymic.
var givenNames = func() map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields(`
		адам аліна алла альбіна анастасія анатолій ангеліна андрій анжела анжеліка аліса антон антоніна аркадій арсен артем артур богдан богдана борис валентин валентина валерій валерія василина василь
		вадим вероніка віктор вікторія віолетта віра віталій віталіна влад владислав владислава володимир вячеслав гаврило галина ганна геннадій георгій гліб григорій дана даниїл данило дар'я денис дмитро діана
		едуард ельвіра емілія євген євгеній євгенія єлизавета єва жанна захар зінаїда злата зоряна зоя іван іванна ігор ілля інна інеса ірина каріна катерина кирило костянтин ксенія лариса леонід леся лев
		лідія лілія любов людмила любомир лук'ян маргарита мар'ян мар'яна марина марія марта марк максим марко матвій микита микола мирон мирослав мирослава михайло наталія наталя назар надія неля ніна нонна
		оксана олександр олександра олег олег олена олеся олексій ольга остап павло петро платон поліна прокіп раїса регіна римма роман руслан руслана савелій світлана семен сергій соломія софія станіслав степан
		сніжана тамара тарас таїсія тетяна тимофій тимур уляна устим федір федора фаїна хома христина юлія юліана юрій яна ян яків ярина ярослав ярослава ельдар рустам тигран арам армен ашот георг мухаммед алі
		александр александра алексей анастасия анатолий андрей анна валерий валерия вероника виктор виктория виталий владимир вячеслав галина геннадий георгий григорий дарья дмитрий евгений евгения елена
		елизавета зинаида игорь илья инна ирина карина кирилл константин ксения леонид лидия лилия любовь мария максим матвей михаил надежда наталья никита николай нина олеся ольга павел пётр петр полина раиса
		светлана сергей софия станислав степан татьяна фёдор федор юлия юрий яков иван борис ефим семён семен`) {
		m[skeleton(n)] = true
	}
	return m
}()

// givenName reports whether the word, in lower case, is one.
func givenName(w string) bool { return utf8.RuneCountInString(w) > 1 && givenNames[skeleton(w)] }

// skeleton writes a word by what its spellings in Ukrainian, Russian and in Latin
// letters have in common: «Іваненко», «Иваненко», «Ivanenko»; «Щербак»,
// «Shcherbak», «Scherbak». For comparing with each other, never shown.
func skeleton(w string) string {
	w = strings.ToLower(norm.NFC.String(w))
	if strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
		return squeeze(cyrillicBones.Replace(readCyrillic(w)))
	}
	return squeeze(latinBones.Replace(w))
}

var (
	cyrillicBones = strings.NewReplacer(
		"щ", "w", "ш", "w", "ч", "q", "ж", "z", "ц", "c", "х", "h", "г", "h", "ґ", "h", "зг", "zh", "ю", "u", "я", "a", "є", "e", "э", "e", "е", "e", "ё", "e",
		"ї", "i", "і", "i", "и", "i", "ы", "i", "й", "i", "ь", "", "ъ", "", "а", "a", "б", "b", "в", "v", "д", "d", "з", "z", "к", "k", "л", "l", "м", "m", "н", "n",
		"о", "o", "п", "p", "р", "r", "с", "s", "т", "t", "у", "u", "ф", "f", "ў", "v", "-", "", "'", "", "’", "", "ʼ", "", "`", "", "‘", "", "′", "", "´", "", "ʹ", "", "＇", "",
	)
	latinBones = strings.NewReplacer(
		"shch", "w", "sch", "w", "sh", "w", "tch", "q", "ch", "q", "zh", "z", "kh", "h", "ts", "c", "tz", "c", "ph", "f", "yu", "u", "iu", "u", "ju", "u", "ya", "a", "ia", "a", "ja", "a",
		"ye", "e", "ie", "e", "je", "e", "yo", "o", "io", "o", "jo", "o", "yi", "i", "iy", "i", "ii", "i", "yy", "i", "ij", "i", "ji", "i", "y", "i", "j", "i", "g", "h", "w", "v", "x", "ks",
		"š", "w", "č", "q", "ž", "z", "ł", "l", "ń", "n", "ś", "s", "ć", "c", "ź", "z", "-", "", "'", "", "’", "", "ʼ", "", "`", "", "‘", "",
	)
)

// squeeze writes a sound that is doubled once, and leaves out an i before a vowel.
func squeeze(s string) string {
	var b strings.Builder
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case i > 0 && r == runes[i-1]:
		case r == 'i' && i+1 < len(runes) && strings.ContainsRune("aeou", runes[i+1]): // «Yulia», «Юлія»
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// compactID leaves out what people write into identifiers beside the signs of it.
func compactID(id string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsDigit(r):
			return r
		case unicode.IsLetter(r):
			return unicode.ToUpper(r)
		}
		return -1
	}, id)
}

// naturalID tells the identifier of a natural person: the tax number has 10
// digits, the identity card 9, the older passport two letters and six digits.
// Codes of ЄДР have 8, old records of them at times lost leading zeros.
var naturalID = regexp.MustCompile(`^(?:ІПН|РНОКПП|ИНН|ІНН|IPN|RNOKPP|ПАСПОРТ)?([0-9]{9,10}|\p{L}{2}[0-9]{6})$`)

// ofUkraine reports whether the scheme of an identifier is a Ukrainian one, or
// none is said: numbers of other countries have ten digits for anybody.
func ofUkraine(scheme string) bool {
	scheme = strings.TrimSpace(scheme)
	return scheme == "" || strings.Contains(strings.ToUpper(scheme), "UA-")
}

// placeholder reports whether an identifier is none: empty, of one and the same
// digit, or of no digit at all («немає»). Whoever bears it is somebody else each time.
func placeholder(id string) bool {
	id = compactID(id)
	if !strings.ContainsFunc(id, unicode.IsDigit) {
		return true
	}
	first, _ := utf8.DecodeRuneInString(id)
	return strings.Trim(id, string(first)) == "" || id == "1234567890" || id == "0123456789" || id == "123456789"
}
