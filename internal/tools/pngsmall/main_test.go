package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

func TestAPictureBecomesSmallerAndItsGroundsKeepTheirColours(t *testing.T) {
	t.Parallel()
	img := image.NewRGBA(image.Rect(0, 0, 200, 200))
	for y := range 200 {
		for x := range 200 {
			switch {
			case y < 100:
				img.Set(x, y, color.RGBA{0x12, 0x27, 0x4b, 255})
			case x < 100:
				img.Set(x, y, color.RGBA{0xf4, 0xf6, 0xfa, 255})
			default: // more colours than a palette holds
				img.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x * y), 255})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.png")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := shrink(path); err != nil {
		t.Fatal(err)
	}
	small, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(small) >= b.Len() {
		t.Errorf("%d bytes became %d", b.Len(), len(small))
	}
	got, err := png.Decode(bytes.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []image.Point{{10, 10}, {10, 150}} {
		if w, g := img.RGBAAt(p.X, p.Y), color.RGBAModel.Convert(got.At(p.X, p.Y)); w != g {
			t.Errorf("the ground at %v: %v became %v", p, w, g)
		}
	}
	if err := shrink(path); err != nil {
		t.Fatal(err)
	}
	if again, _ := os.ReadFile(path); len(again) > len(small) {
		t.Errorf("a second time it grew: %d became %d", len(small), len(again))
	}
}
