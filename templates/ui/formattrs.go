package ui

import (
	"context"

	"github.com/a-h/templ"

	"ereception/internal/platform/i18n"
)

// FormProps says what the scripts do for a form.
type FormProps struct {
	// Draft is a key under which the typed text outlives a reload in this tab
	// (sessionStorage, gone when the tab closes; never passwords and files).
	// Empty for none.
	Draft string
	// AutosaveURL takes the form (POST, without files) a few seconds after each
	// change and answers 2xx; for signed-in readers. Empty for none.
	AutosaveURL string
	// Kept tells that the server has saved all that the form shows: a reload and the
	// way back then ask for the page anew instead of sending the form once more.
	Kept bool
	// Guard asks before leaving with unsent changes.
	Guard bool
}

// FormAttrs gives the attributes of such a form: <form { ui.FormAttrs(ctx, …)... }>.
// A form is always novalidate: the server judges and speaks the reader's language.
func FormAttrs(ctx context.Context, p FormProps) templ.Attributes {
	a := templ.Attributes{"novalidate": true}
	if p.Draft != "" {
		a["data-draft"] = p.Draft
		a["data-draft-restored"] = i18n.T(ctx, "ui.draft.restored")
		a["data-draft-discard"] = i18n.T(ctx, "ui.draft.discard")
	}
	if p.AutosaveURL != "" {
		a["data-autosave"] = p.AutosaveURL
		a["data-autosave-saved"] = i18n.T(ctx, "ui.draft.saved")
		a["data-autosave-failed"] = i18n.T(ctx, "ui.draft.failed")
	}
	if p.Kept {
		a["data-kept"] = true
	}
	if p.Guard {
		a["data-guard"] = true
	}
	return a
}
