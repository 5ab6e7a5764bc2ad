// Command pngsmall rewrites PNG files with a palette of at most 256 colours at
// the best compression: pictures of pages have few, and a guide is cloned with
// the project. A picture that would not become smaller stays as it is.
//
//	pngsmall FILE…
package main

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"slices"
)

const most = 256

func main() {
	for _, path := range os.Args[1:] {
		if err := shrink(path); err != nil {
			fmt.Fprintln(os.Stderr, "pngsmall:", err)
			os.Exit(1)
		}
	}
}

func shrink(path string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	img, err := png.Decode(bytes.NewReader(old))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&b, paletted(img)); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if b.Len() >= len(old) {
		return nil
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// hue is a colour of the picture and how many points have it.
type hue struct {
	rgb [3]uint8
	n   int
}

func paletted(img image.Image) *image.Paletted {
	r := img.Bounds()
	counts := map[[3]uint8]int{}
	at := func(x, y int) [3]uint8 {
		red, green, blue, _ := img.At(x, y).RGBA() // pages are opaque
		return [3]uint8{uint8(red >> 8), uint8(green >> 8), uint8(blue >> 8)}
	}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			counts[at(x, y)]++
		}
	}
	hues := make([]hue, 0, len(counts))
	for rgb, n := range counts {
		hues = append(hues, hue{rgb, n})
	}
	// The same picture gives the same file.
	slices.SortFunc(hues, func(a, b hue) int { return slices.Compare(a.rgb[:], b.rgb[:]) })
	index := map[[3]uint8]uint8{}
	var pal color.Palette
	for i, box := range boxes(hues) {
		pal = append(pal, mean(box))
		for _, h := range box {
			index[h.rgb] = uint8(i)
		}
	}
	out := image.NewPaletted(r, pal)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			out.SetColorIndex(x, y, index[at(x, y)])
		}
	}
	return out
}

// boxes parts the colours into as many groups as the palette holds, always the
// group with the greatest error along its widest channel (median cut by variance).
func boxes(hues []hue) [][]hue {
	all := [][]hue{hues}
	for len(all) < most {
		worst, channel, greatest := -1, 0, 0.0
		for i, box := range all {
			if c, e := spread(box); len(box) > 1 && e > greatest {
				worst, channel, greatest = i, c, e
			}
		}
		if worst < 0 {
			break
		}
		a, b := cut(all[worst], channel)
		all[worst] = a
		all = append(all, b)
	}
	return all
}

// spread gives the channel along which the group varies most, and its squared error.
func spread(box []hue) (channel int, squares float64) {
	for c := range 3 {
		var n, sum, sum2 float64
		for _, h := range box {
			v, k := float64(h.rgb[c]), float64(h.n)
			n, sum, sum2 = n+k, sum+v*k, sum2+v*v*k
		}
		if e := sum2 - sum*sum/n; e > squares {
			channel, squares = c, e
		}
	}
	return channel, squares
}

// cut parts the group at the mean of the channel; either part holds something.
func cut(box []hue, c int) (a, b []hue) {
	slices.SortStableFunc(box, func(x, y hue) int { return cmp.Compare(x.rgb[c], y.rgb[c]) })
	var n, sum float64
	for _, h := range box {
		n, sum = n+float64(h.n), sum+float64(h.rgb[c])*float64(h.n)
	}
	i := slices.IndexFunc(box, func(h hue) bool { return float64(h.rgb[c]) > sum/n })
	if i <= 0 {
		i = len(box) / 2
	}
	return box[:i:i], box[i:]
}

// mean is the group's colour; one that most of its points have stays exact, so that flat grounds do not shift.
func mean(box []hue) color.Color {
	var n int
	var sum [3]int
	top := box[0]
	for _, h := range box {
		n += h.n
		for c := range 3 {
			sum[c] += int(h.rgb[c]) * h.n
		}
		if h.n > top.n {
			top = h
		}
	}
	if 2*top.n > n {
		return color.RGBA{top.rgb[0], top.rgb[1], top.rgb[2], 255}
	}
	return color.RGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), 255}
}
