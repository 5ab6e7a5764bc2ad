package appeals

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/files"
)

// TestOneKeySaysOneThing: the same words under the key of a form are a second
// click; other words, or other files, are told of and never dropped in silence.
func TestOneKeySaysOneThing(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.inWork(t)
	note := func(content string) files.Accepted {
		t.Helper()
		f, err := b.svc.AcceptForReply(ctx, b.ann, n, "нотатка.txt", reader(content))
		must(t, err)
		return f
	}
	photo := note("Фото ями.")
	for name, say := range map[string]func(key uuid.UUID, body string) error{
		"reply": func(k uuid.UUID, s string) error { return b.svc.Reply(ctx, b.ann, n, k, s, nil) },
		"reply with a file": func(k uuid.UUID, s string) error {
			return b.svc.Reply(ctx, b.ann, n, k, s, nil, photo)
		},
		"ask":  func(k uuid.UUID, s string) error { return b.svc.Ask(ctx, b.exec, n, k, s) },
		"note": func(k uuid.UUID, s string) error { return b.svc.Note(ctx, b.exec, n, k, s) },
	} {
		key := uuid.New()
		must(t, say(key, name+": яма росте"))
		before := b.see(t, b.clerk, n)
		if err := say(key, " "+name+": яма росте\n"); err != nil {
			t.Errorf("%s: a second click: %v", name, err)
		}
		if err := say(key, name+": і тротуар теж"); !errs.Is(err, errs.KindConflict) {
			t.Errorf("%s: other words under the same key: %v", name, err)
		}
		after := b.see(t, b.clerk, n)
		if len(after.Messages) != len(before.Messages) || len(after.Events) != len(before.Events) || after.State != before.State {
			t.Errorf("%s: the second send left something", name)
		}
		must(t, say(uuid.New(), name+": і тротуар теж"))
	}
	key := uuid.New()
	must(t, b.svc.Reply(ctx, b.ann, n, key, "Додаю план", nil, note("план")))
	if err := b.svc.Reply(ctx, b.ann, n, key, "Додаю план", nil, note("інший план")); !errs.Is(err, errs.KindConflict) {
		t.Errorf("another file under the same key: %v", err)
	}
	if err := b.svc.Reply(ctx, b.ann, n, key, "Додаю план", nil); !errs.Is(err, errs.KindConflict) {
		t.Errorf("no file under the key of one: %v", err)
	}
	other := b.filed(t, b.bob, b.draft())
	if err := b.svc.Reply(ctx, b.bob, other, key, "Додаю план", nil); !errs.Is(err, errs.KindConflict) {
		t.Errorf("the key of somebody else: %v", err)
	}
	if c := b.see(t, b.clerk, other); len(c.Messages) != 0 {
		t.Error("a message came to another appeal")
	}
}

// TestAReplyBringsFiles: who may see the appeal sees them, by the message they
// came with; nobody else does, and the limits are those of filing.
func TestAReplyBringsFiles(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.inWork(t)
	must(t, b.svc.Ask(ctx, b.exec, n, uuid.New(), "Надішліть, будь ласка, фото ями."))
	accept := func(who authz.Actor, name, content string) (files.Accepted, error) {
		return b.svc.AcceptForReply(ctx, who, n, name, reader(content))
	}
	for _, who := range []authz.Actor{authz.Guest(), b.bob, b.exec} {
		if _, err := accept(who, "чужий.txt", "чужий файл"); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("%q sends a file to a foreign appeal: %v", who.Name, err)
		}
	}
	if _, err := accept(b.ann, "вірус.exe", "MZ\x90\x00\x03\x00\x00\x00"); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("a program is taken: %v", err)
	}
	var list []files.Accepted
	for range FilesMax + 1 {
		f, err := accept(b.ann, "нотатка.txt", "Фото ями надішлю окремо.")
		must(t, err)
		list = append(list, f)
	}
	if err := b.svc.Reply(ctx, b.ann, n, uuid.New(), "Надсилаю", nil, list...); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("six files: %v", err)
	}
	if got := b.Count(t, "SELECT count(*) FROM files"); got != 0 || b.state(t, n) != Clarifying {
		t.Fatalf("a refused reply left %d files, state %s", got, b.state(t, n))
	}
	// What could not be sent waits for its owner; nobody else sends, sees or removes it.
	waits, err := b.svc.KeepForReply(ctx, b.ann, n, list[:2])
	must(t, err)
	if _, err := b.svc.KeepForReply(ctx, b.bob, n, list[:2]); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("another resident keeps files for a foreign appeal: %v", err)
	}
	foreign := b.filed(t, b.bob, b.draft())
	if err := b.svc.Reply(ctx, b.bob, foreign, uuid.New(), "Беру чуже", waits); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("another resident sends the files: %v", err)
	}
	must(t, b.svc.DropKept(ctx, b.bob, foreign, waits[0]))
	if f, err := b.svc.KeptForReply(ctx, b.bob, waits); err != nil || len(f) != 0 {
		t.Errorf("another resident reads the files: %v, %v", f, err)
	}
	if f, err := b.svc.KeptForReply(ctx, b.ann, waits); err != nil || len(f) != 2 || b.Count(t, "SELECT count(*) FROM appeal_messages WHERE side = 'resident'") != 0 {
		t.Fatalf("the owner lost files, or a message came: %v, %v", f, err)
	}
	key := uuid.New()
	for range 2 { // a second click, when the first has taken what waited
		must(t, b.svc.Reply(ctx, b.ann, n, key, "Надсилаю", waits, list[2:FilesMax]...))
	}
	if err := b.svc.DropKept(ctx, b.ann, n, waits[0]); err != nil || b.Count(t, "SELECT count(*) FROM files WHERE message_id IS NOT NULL") != FilesMax {
		t.Errorf("a sent file can be taken away: %v", err)
	}
	must(t, b.svc.Reply(ctx, b.ann, n, uuid.New(), "Це все", nil))
	if b.state(t, n) != InProgress {
		t.Errorf("the appeal did not go back to the executor: %s", b.state(t, n))
	}
	own, err := b.svc.Own(ctx, b.ann, n)
	must(t, err)
	for name, c := range map[string]*Case{"author": own, "executor": b.see(t, b.exec, n)} {
		if len(c.Files) != 0 || len(c.Messages) != 3 || len(c.Messages[1].Files) != FilesMax || len(c.Messages[2].Files) != 0 || len(c.Sent()) != FilesMax {
			t.Errorf("%s: the files do not stand with their message: %+v", name, c.Messages)
		}
	}
	f := own.Messages[1].Files[0]
	for name, x := range map[string]struct {
		who  authz.Actor
		seen bool
	}{
		"author": {b.ann, true}, "clerk": {b.clerk, true}, "executor": {b.exec, true},
		"guest": {authz.Guest(), false}, "another resident": {b.bob, false}, "another unit": {b.strangerExec, false},
	} {
		_, r, err := b.svc.OpenFile(ctx, x.who, f.ID, false)
		if err == nil {
			_ = r.Close()
		}
		if x.seen && err != nil || !x.seen && !errs.Is(err, errs.KindNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := b.signedCase(t, n)
	if _, err := accept(b.ann, "пізно.txt", "пізно"); !errs.Is(err, errs.KindConflict) {
		t.Errorf("a file comes to an answered appeal (%s): %v", c.State, err)
	}
}

// signedCase has an appeal in work answered.
func (b *bundle) signedCase(t *testing.T, n string) *Case {
	t.Helper()
	ctx := context.Background()
	must(t, b.svc.Submit(ctx, b.exec, n, 0, answerText, ResultSatisfied))
	must(t, b.svc.Sign(ctx, b.head, n, b.see(t, b.head, n).Digest(), Credential{Password: "right"}))
	return b.see(t, b.clerk, n)
}
