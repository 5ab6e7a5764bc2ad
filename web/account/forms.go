package account

import (
	"net/url"
	"slices"

	"ereception/internal/identity"
	"ereception/internal/platform/i18n"
	"ereception/web/httpx"
)

// The forms repeat what was typed; the domain judges it. Passwords are never
// given back to a page.

type signInForm struct{ Email, Password, Next string }

func parseSignIn(v url.Values) signInForm {
	return signInForm{v.Get("email"), v.Get("password"), v.Get("next")}
}

type signUpForm struct {
	Name, Email, Password, Version string
	Newsletter                     bool
}

func parseSignUp(v url.Values) signUpForm {
	return signUpForm{v.Get("name"), v.Get("email"), v.Get("password"), v.Get("version"), v.Get("newsletter") != ""}
}

func (f signUpForm) account(locale, ip string) identity.NewAccount {
	return identity.NewAccount{
		Name: f.Name, Email: f.Email, Password: f.Password, Locale: locale,
		PrivacyVersion: f.Version, Newsletter: f.Newsletter, IP: ip,
	}
}

type profileForm struct{ Name, Phone, Address, Locale, Version string }

func parseProfile(v url.Values) profileForm {
	f := profileForm{v.Get("name"), v.Get("phone"), v.Get("address"), v.Get("locale"), v.Get("version")}
	if !slices.Contains(i18n.Locales, f.Locale) { // none of the list: it goes into a cookie and onto the page
		f.Locale = i18n.Default
	}
	return f
}

func (f profileForm) profile() identity.Profile {
	return identity.Profile{Name: f.Name, Phone: f.Phone, Address: f.Address, Locale: f.Locale, Version: httpx.Version(f.Version)}
}
