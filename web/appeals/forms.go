package appeals

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	dom "ereception/internal/appeals"
	"ereception/web/httpx"
	"ereception/web/pin"
)

// stepForm is what a step of the form sends. It holds the words as they were
// typed; the domain judges them.
type stepForm struct {
	kind, addressee, purchase            string
	topic, title, body, public           string
	place                                pin.Form
	name, address, phone, email, channel string
	version                              int
	do                                   string
	remove                               int64
	hasKind, hasMatter, hasPublic        bool
}

func parseStep(v url.Values) stepForm {
	f := stepForm{
		kind: v.Get("kind"), addressee: v.Get("addressee"), purchase: v.Get("purchase"),
		topic: v.Get("topic"), title: line(v.Get("title")), place: pin.Read(v), body: text(v.Get("body")), public: v.Get("public"),
		name: line(v.Get("name")), address: line(v.Get("address")), phone: line(v.Get("phone")), email: strings.TrimSpace(v.Get("email")),
		channel: v.Get("channel"), do: v.Get("do"),
		hasKind: v.Has("kind"), hasMatter: v.Has("body"), hasPublic: v.Has("public"),
	}
	f.version = httpx.Version(v.Get("version"))
	f.remove, _ = strconv.ParseInt(v.Get("remove"), 10, 64)
	switch {
	case v.Get("find") != "":
		f.do = pin.Find
	case f.remove != 0:
		f.do = doRemove
	}
	return f
}

// What a button of a step does.
const (
	doNext   = "next"
	doSave   = "save"
	doUpload = "upload"
	doRemove = "remove"
)

// into puts the fields of a step over the draft; the other steps stay.
func (f stepForm) into(d dom.Draft, step int) dom.Draft {
	switch step {
	case dom.StepWhat:
		d.Kind, d.AddresseeID = oneOf(f.kind, dom.Kinds), chosen(f.addressee)
		if f.title != "" {
			d.Title = f.title
		}
	case dom.StepMatter:
		d.TopicID, d.Title, d.Body = chosen(f.topic), f.title, f.body
		if f.place.Sent {
			d.Place, d.Lat, d.Lon = f.place.Address, f.place.Lat, f.place.Lon
		}
		if f.hasPublic {
			d.Showing = dom.Showing(f.public)
		}
	case dom.StepWho:
		d.Name, d.Address, d.Phone, d.Email, d.Channel = f.name, f.address, f.phone, f.email, oneOf(f.channel, dom.Channels)
	}
	return d
}

// oneOf is the option that was chosen; empty for what is none: nobody typed it, and no
// page has a word for it.
func oneOf[T ~string](s string, options []T) T {
	if slices.Contains(options, T(s)) {
		return T(s)
	}
	return ""
}

// chosen is the number of an entry of a register: 0 for none, and for what can be
// none of them a negative one, which the domain refuses.
func chosen(s string) int64 {
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

var (
	toLine = strings.NewReplacer("\r", " ", "\n", " ", "\x00", "")
	toText = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "")
)

// line takes away what a browser's field of one line cannot hold.
func line(s string) string { return strings.TrimSpace(toLine.Replace(s)) }

// text gives line breaks one form, as a textarea sends them as CR LF.
func text(s string) string { return toText.Replace(s) }

// messageForm is a message of the thread.
type messageForm struct {
	body   string
	key    uuid.UUID
	kept   []int64 // files of an earlier try
	remove int64   // the one of them whose «Прибрати» was pressed; 0 for none
}

func parseMessage(v url.Values) messageForm {
	key, err := uuid.Parse(v.Get("key"))
	if err != nil {
		key = uuid.Nil
	}
	f := messageForm{body: text(v.Get("message")), key: key, remove: number(v.Get("remove"))}
	for _, s := range v["kept"] {
		if n := number(s); n > 0 && n != f.remove && !slices.Contains(f.kept, n) && len(f.kept) < dom.FilesMax {
			f.kept = append(f.kept, n)
		}
	}
	return f
}

// ratingForm is the verdict of the applicant.
type ratingForm struct{ rating, comment string }

func parseRating(v url.Values) ratingForm {
	return ratingForm{rating: v.Get("rating"), comment: text(v.Get("comment"))}
}
