package account_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"ereception/static"
)

func TestZZShots(t *testing.T) {
	dir := os.Getenv("SHOTS")
	if dir == "" {
		t.Skip()
	}
	s := setup(t)
	s.person(mailbox)
	id := s.person("dep@example.com", "executor")
	id2 := s.person("head@example.com", "manager")
	s.Owner(t, `INSERT INTO delegations (from_person, to_person, basis, valid_from, valid_to, created_at) VALUES ($1, $2, 'розпорядження № 7', '2026-11-25', '2026-11-26', now())`, id2, id)
	b := s.browser()
	b.post("/reset", "email", mailbox)
	reset := s.link("account.reset")
	b.signIn()
	s.browser().signIn()
	d := s.browser()
	d.post("/sign-in", "email", "dep@example.com", "password", password)
	cookies := map[string]string{}
	for n, bb := range map[string]*browser{"r": b, "d": d} {
		req, _ := http.NewRequest("GET", s.url+"/", nil)
		for _, k := range bb.c.Jar.Cookies(req.URL) {
			if k.Name == "erec" {
				cookies[n] = k.Value
			}
		}
	}
	h := s.handler
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, static.Handler())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Accept-Language", "uk")
		if c := r.URL.Query().Get("as"); c != "" {
			r.AddCookie(&http.Cookie{Name: "erec", Value: cookies[c]})
		}
		if r.URL.Query().Get("bad") != "" {
			r.Method = "POST"
			r.PostForm = map[string][]string{"name": {"Олена"}, "email": {"не адреса"}, "password": {"x"}, "version": {"0"}, "locale": {"uk"}, "new_password": {"a"}, "phone": {"call"}}
			r.Form = r.PostForm
		}
		h.ServeHTTP(w, r)
	})
	srv := &http.Server{Addr: "127.0.0.1:18123", Handler: mux}
	go srv.ListenAndServe()
	defer srv.Close()
	time.Sleep(200 * time.Millisecond)
	for name, p := range map[string]string{
		"signin": "/sign-in?next=/appeals/new", "signup": "/sign-up", "signupbad": "/sign-up?bad=1", "sent": "/sign-up/sent", "reset": "/reset", "newpw": reset,
		"account": "/account?as=r", "stale": "/account?as=r&bad=1", "password": "/account/password?as=r", "sessions": "/account/sessions?as=r", "actfor": "/account/act-for?as=d", "privacy": "/privacy",
	} {
		for w, size := range map[string]string{"1280": "1280,1400", "390": "390,1700"} {
			if w == "390" && name != "signin" && name != "signupbad" && name != "account" && name != "sessions" {
				continue
			}
			tmp, _ := os.MkdirTemp("", "chr")
			out, err := exec.CommandContext(context.Background(), "/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--user-data-dir="+tmp, "--screenshot="+dir+"/"+name+"-"+w+".png", "--window-size="+size, "http://127.0.0.1:18123"+p).CombinedOutput()
			if err != nil {
				t.Log(string(out))
			}
			os.RemoveAll(tmp)
		}
	}
}
