// Package appeals holds the pages of a resident's appeals: the four steps of
// the form, the own list and the page of one appeal.
//
// A page is a struct above its templ, filled by web/appeals; strings in it are
// already in the reader's language. Every action is a plain form: the scripts
// add the map, suggestions and the saving of a draft while typing.
package appeals

import (
	"context"

	"ereception/internal/platform/i18n"
)

// FileTypes are the files that the dialog of the browser offers; the server
// judges by content.
const FileTypes = ".jpg,.jpeg,.png,.webp,.pdf,.docx,.xlsx,.odt,.txt,.mp4,.p7s"

func pick(ctx context.Context, info bool, a, b string) string {
	if info {
		return i18n.T(ctx, b)
	}
	return i18n.T(ctx, a)
}

func subjectLabel(ctx context.Context, info bool) string {
	return pick(ctx, info, "appeals.new.subject", "appeals.new.subject_info")
}

func subjectHint(ctx context.Context, info bool) string {
	if info {
		return ""
	}
	return i18n.T(ctx, "appeals.new.subject_hint")
}

func bodyLabel(ctx context.Context, info bool) string {
	return pick(ctx, info, "appeals.new.body", "appeals.new.body_info")
}

func bodyHint(ctx context.Context, info bool) string {
	return pick(ctx, info, "appeals.new.body_hint_public", "appeals.new.body_info_hint")
}

func nameHint(ctx context.Context, info bool) string {
	return pick(ctx, info, "appeals.new.name_hint", "appeals.new.name_hint_info")
}

func addressHint(ctx context.Context, info bool) string {
	return pick(ctx, info, "appeals.new.address_hint", "appeals.new.address_hint_info")
}

func threadLabel(ctx context.Context, question bool) string {
	return pick(ctx, question, "appeals.show.add", "appeals.show.answer_question")
}
