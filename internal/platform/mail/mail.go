// Package mail writes letters and gives them to somebody who carries them.
//
// A Message is what a letter says; it becomes a multipart/alternative e-mail
// (text first, HTML second, attachments around them) with a Message-ID that the
// caller has fixed, so the same letter sent twice is one letter to the receiver
// (RFC 5322, 3.6.4). Letters are marked as automatic, so that holiday replies
// do not come back (RFC 3834, 5).
//
// There are two carriers. SMTP hands letters to a mail server and never speaks
// to another machine without TLS. Outbox writes them into a folder, for
// development and the demonstration.
//
// Nothing that comes from outside can add a header or a receiver: addresses are
// parsed, one a letter, and control characters are taken out of header texts.
// Errors never quote an address, a name or a server's own words, which tend to
// repeat the address.
package mail

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/mail"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// Message is one letter to one receiver.
type Message struct {
	ID          string // Message-ID without angle brackets: left@domain; the same for every attempt
	To          string // one address, with or without a name
	Subject     string
	Text        string // plain text, always
	HTML        string // the same as HTML; may be empty
	Locale      string // language of the letter, "uk" or "en"
	Unsubscribe string // address that ends the subscription the letter belongs to (RFC 8058); empty for other letters
	Attachments []Attachment
}

// Attachment is a file that goes with a letter.
type Attachment struct {
	Name string // as the receiver saves it; folders and control characters are taken out
	MIME string // media type; application/octet-stream when it is not one
	Data []byte
}

// failure is an error of sending that is safe to log.
type failure struct {
	what      string
	permanent bool
	deferred  bool
	cause     error // only of our own machine or of the context: never the words of the server
}

func (f *failure) Error() string { return "mail: " + f.what }
func (f *failure) Unwrap() error { return f.cause }

// Permanent reports whether err says that this letter will never be delivered:
// its receiver or its content was refused for ever (5xx to RCPT or DATA, RFC
// 5321, 4.2.1), or the receiver's address is not an address. Every other error,
// a wrong password of ours included, is worth another attempt.
func Permanent(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.permanent
}

// Deferred reports whether err says that the server takes letters but not this one
// now: a full mailbox, say (4xx to RCPT or DATA, RFC 5321, 4.2.1).
func Deferred(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.deferred
}

// messageID is the safe part of what RFC 5322, 3.6.4 allows.
var messageID = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+/=?^_{|}~.-]{1,128}@[A-Za-z0-9.\[\]:-]{1,255}$`)

// sender parses the From of a configuration: "Name <address>" or an address.
func sender(from string) (*mail.Address, error) {
	a, err := address(from)
	if err != nil {
		return nil, errors.New("mail: the sender is not an e-mail address")
	}
	return a, nil
}

func address(s string) (*mail.Address, error) {
	if strings.ContainsFunc(s, unicode.IsControl) {
		return nil, errors.New("control character")
	}
	a, err := mail.ParseAddress(s)
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(a.Address, " <>") || strings.ContainsFunc(a.Address, unicode.IsControl) || strings.ContainsFunc(a.Name, unicode.IsControl) {
		return nil, errors.New("odd character")
	}
	return a, nil
}

// line makes a text fit for a header: one line without control or invisible
// formatting characters.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

// fileName takes folders and whatever a file system or a header cannot bear out of a name.
func fileName(s string) string {
	s = line(strings.ReplaceAll(s, `\`, "/"))
	s = path.Base("/" + s)
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`"/:<>?*|`, r) {
			return '_'
		}
		return r
	}, s)
	if s = strings.TrimLeft(s, "._ "); s == "" {
		return "file"
	}
	if rs := []rune(s); len(rs) > maxName {
		ext := []rune(path.Ext(s))
		if len(ext) > 10 {
			ext = nil
		}
		s = string(rs[:maxName-len(ext)]) + string(ext)
	}
	return s
}

// maxName keeps the name of an attachment, six bytes a letter when encoded, on
// a line of at most 998 bytes (RFC 5322, 2.1.1).
const maxName = 100

// disposition names an attachment as RFC 2231 asks. The name of the library's
// own (encoded words in a quoted string) stays in the Content-Type, for old programs.
func disposition(name string) gomail.FileOption {
	return func(f *gomail.File) {
		f.Header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	}
}

func mediaType(s string) string {
	t, params, err := mime.ParseMediaType(s)
	if err != nil || !strings.Contains(t, "/") {
		return "application/octet-stream"
	}
	return mime.FormatMediaType(t, params)
}

// build writes the e-mail of a message.
func build(m Message, from *mail.Address, now time.Time) (*gomail.Msg, error) {
	if !messageID.MatchString(m.ID) {
		return nil, &failure{what: "malformed Message-ID", permanent: true}
	}
	to, err := address(m.To)
	if err != nil {
		return nil, &failure{what: "the receiver is not an e-mail address", permanent: true}
	}
	if m.Text == "" {
		return nil, &failure{what: "a letter without text", permanent: true}
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithCharset(gomail.CharsetUTF8))
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	msg.Subject(line(m.Subject))
	msg.SetDateWithValue(now)
	msg.SetMessageIDWithValue(m.ID)
	if m.Locale != "" {
		msg.SetGenHeader(gomail.HeaderContentLang, line(m.Locale)) // RFC 3282
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated")           // RFC 3834, 5
	msg.SetGenHeader("X-Auto-Response-Suppress", "OOF, AutoReply") // the same for Exchange
	if u := line(m.Unsubscribe); u != "" {
		msg.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+u+">") // RFC 2369, 3.2
		if strings.HasPrefix(u, "https://") {                     // RFC 8058, 3.1 asks for it
			msg.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
		}
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	for _, a := range m.Attachments {
		name := fileName(a.Name)
		err := msg.AttachReader(name, bytes.NewReader(a.Data), gomail.WithFileContentType(gomail.ContentType(mediaType(a.MIME))), disposition(name))
		if err != nil {
			return nil, &failure{what: "attachment", cause: err}
		}
	}
	return msg, nil
}

func bytesOf(msg *gomail.Msg) ([]byte, error) {
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("mail: write the letter: %w", err)
	}
	return b.Bytes(), nil
}
