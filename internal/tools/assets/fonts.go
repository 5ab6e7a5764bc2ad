package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// The packages' fonts hold more than the portal's pages show: each is cut to the
// characters and the weights that its own @font-face in fontsCSS names, and to
// the features that the style sheets use.
const fontsCSS = srcDir + "/css/fonts.css"

// features of OpenType that the text needs: kerning and the usual joining of
// marks, Inter's arrows and colons that suit their neighbours (calt, on by
// default in browsers), figures of one width and on the line.
var features = []string{"kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "tnum", "lnum", "pnum"}

//go:embed subset.mjs
var subsetProgram string

// face is one @font-face: the file within node_modules, its ranges of characters
// with both ends, and its range of weights unless it has only one.
type face struct {
	File     string   `json:"file"`
	Ranges   [][2]int `json:"ranges"`
	Weights  []int    `json:"weights,omitempty"`
	Features []string `json:"features"`
}

var (
	faceBlock   = regexp.MustCompile(`@font-face\{[^}]*\}`)
	faceURL     = regexp.MustCompile(`src:url\("([^"]+\.woff2)"\)`)
	faceRange   = regexp.MustCompile(`unicode-range:([^;}]+)`)
	faceWeights = regexp.MustCompile(`font-weight:(\d+) (\d+)[;}]`)
)

// faces reads the font faces of a style sheet; each must name a file and its characters.
func faces(css string) ([]face, error) {
	var out []face
	for _, block := range faceBlock.FindAllString(css, -1) {
		url, rng := faceURL.FindStringSubmatch(block), faceRange.FindStringSubmatch(block)
		if url == nil || rng == nil {
			return nil, fmt.Errorf("a font face without url or unicode-range: %s", block)
		}
		f := face{File: url[1], Features: features}
		for r := range strings.SplitSeq(rng[1], ",") {
			from, to, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(r), "U+"), "-")
			if !ok {
				to = from
			}
			a, aerr := strconv.ParseInt(from, 16, 32)
			b, berr := strconv.ParseInt(to, 16, 32)
			if aerr != nil || berr != nil || b < a {
				return nil, fmt.Errorf("%s: unicode-range %q", f.File, r)
			}
			f.Ranges = append(f.Ranges, [2]int{int(a), int(b)})
		}
		if w := faceWeights.FindStringSubmatch(block); w != nil {
			a, _ := strconv.Atoi(w[1])
			b, _ := strconv.Atoi(w[2])
			f.Weights = []int{a, b}
		}
		out = append(out, f)
	}
	return out, nil
}

// cutFonts gives the cut fonts by their absolute path in node_modules. Node.js
// runs HarfBuzz for it: there is no such library in Go for variable fonts.
func cutFonts(root string) (map[string][]byte, error) {
	css, err := os.ReadFile(filepath.Join(root, fontsCSS))
	if err != nil {
		return nil, err
	}
	list, err := faces(string(css))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fontsCSS, err)
	}
	in, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("node", "--input-type=module", "--eval", subsetProgram)
	var answer bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = root, bytes.NewReader(in), &answer, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("cut the fonts: %w", err)
	}
	cut := map[string][]byte{}
	if err := json.Unmarshal(answer.Bytes(), &cut); err != nil {
		return nil, fmt.Errorf("cut the fonts: %w", err)
	}
	out := make(map[string][]byte, len(cut))
	for file, b := range cut {
		out[filepath.Join(root, "node_modules", filepath.FromSlash(file))] = b
	}
	return out, nil
}

// fontPlugin hands esbuild the cut fonts instead of the packages' files; a font
// that fonts.css does not name is a mistake.
func fontPlugin(fonts map[string][]byte) api.Plugin {
	return api.Plugin{Name: "fonts", Setup: func(b api.PluginBuild) {
		b.OnLoad(api.OnLoadOptions{Filter: `\.woff2$`}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			font, ok := fonts[a.Path]
			if !ok {
				return api.OnLoadResult{}, fmt.Errorf("%s has no face in %s", a.Path, fontsCSS)
			}
			text := string(font)
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderFile}, nil
		})
	}}
}
