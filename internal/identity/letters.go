package identity

import (
	"context"
	"errors"

	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/i18n"
)

// Composers gives the letters of the area by kind. Each one is written when it
// is sent, and not at all when its link has died meanwhile.
func (s *Service) Composers() map[string]notify.Composer {
	return map[string]notify.Composer{
		"account.confirm":          s.linkLetter(PurposeConfirm, "/confirm/"),
		"account.reset":            s.linkLetter(PurposeReset, "/reset/"),
		"account.invite":           s.linkLetter(PurposeInvite, "/invite/"),
		"account.email":            s.linkLetter(PurposeEmail, "/account/email/"),
		"account.known":            s.plainLetter("/sign-in"),
		"account.password_changed": s.plainLetter("/reset"),
		"account.email_changed":    s.emailChanged,
		"petitionsign.link":        s.signLetter,
		"petitionsign.known":       s.signKnownLetter,
	}
}

// linkLetter writes a letter around a secret link, which is derived here and nowhere kept.
func (s *Service) linkLetter(p Purpose, path string) notify.Composer {
	return func(ctx context.Context, l notify.Letter) (notify.Content, error) {
		who, t, d, err := s.letterToken(ctx, l)
		if err != nil {
			return notify.Content{}, err
		}
		if t.Purpose != p || !t.live(s.clock.Now()) || who.Status == Blocked {
			return notify.Content{}, notify.ErrObsolete
		}
		c := s.letter(l, who)
		if d.Email != "" {
			c.To = d.Email
		}
		c.Button = &notify.Button{Label: i18n.In(l.Locale, l.Kind+"_letter_button"), URL: s.base + path + s.raw(p, t.PersonID, d.Nonce)}
		until := i18n.DateTimeIn(l.Locale, t.ExpiresAt)
		c.Closing = append([]string{i18n.In(l.Locale, "account.letter_until", "time", until)}, c.Closing...)
		return c, nil
	}
}

func (s *Service) plainLetter(path string) notify.Composer {
	return func(ctx context.Context, l notify.Letter) (notify.Content, error) {
		var who Person
		err := s.db.Read(ctx).Where("id = ?", l.PersonID).Take(&who).Error
		if db.IsNotFound(err) {
			return notify.Content{}, s.gone(ctx, "SELECT EXISTS (SELECT FROM people WHERE id = $1)", l.PersonID)
		}
		if err != nil {
			return notify.Content{}, err
		}
		c := s.letter(l, who)
		c.Button = &notify.Button{Label: i18n.In(l.Locale, l.Kind+"_letter_button"), URL: s.base + path}
		return c, nil
	}
}

// emailChanged warns the old mailbox.
func (s *Service) emailChanged(ctx context.Context, l notify.Letter) (notify.Content, error) {
	who, _, d, err := s.letterToken(ctx, l)
	if err != nil {
		return notify.Content{}, err
	}
	c := s.letter(l, who)
	c.To = d.Old
	return c, nil
}

func (s *Service) letter(l notify.Letter, who Person) notify.Content {
	return notify.Content{
		To: who.Email, ToName: who.Name,
		Subject:    i18n.In(l.Locale, l.Kind+"_letter_subject"),
		Greeting:   i18n.In(l.Locale, "account.letter_greeting", "name", who.Name),
		Paragraphs: []string{i18n.In(l.Locale, l.Kind+"_letter_text")},
		Closing:    []string{i18n.In(l.Locale, l.Kind+"_letter_closing")},
	}
}

func (s *Service) letterToken(ctx context.Context, l notify.Letter) (Person, *token, tokenData, error) {
	var t token
	id, _ := l.Data["token_id"].(float64)
	err := s.db.Read(ctx).Where("id = ?", int64(id)).Take(&t).Error
	if db.IsNotFound(err) {
		return Person{}, nil, tokenData{}, s.gone(ctx, "SELECT EXISTS (SELECT FROM person_tokens WHERE id = $1)", int64(id))
	}
	if err != nil {
		return Person{}, nil, tokenData{}, err
	}
	d, err := t.data()
	if err != nil {
		return Person{}, nil, tokenData{}, err
	}
	var who Person
	err = s.db.Read(ctx).Where("id = ?", t.PersonID).Take(&who).Error
	return who, &t, d, err
}

// gone tells a row that was deleted from one that a replica does not know yet:
// the first makes the letter obsolete, the second is worth another attempt.
func (s *Service) gone(ctx context.Context, exists string, id int64) error {
	var there bool
	if err := s.db.Pool().QueryRow(ctx, exists, id).Scan(&there); err != nil {
		return err
	}
	if there {
		return errors.New("the replica is behind")
	}
	return notify.ErrObsolete
}
