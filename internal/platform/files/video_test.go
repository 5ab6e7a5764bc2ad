package files

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

func mp4(kind string, content ...string) string {
	s := strings.Join(content, "")
	return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(s)))) + kind + s
}

func track(handler, sample string) string {
	return mp4("trak", mp4("tkhd", "track header"), mp4("udta", "Secret of the track"),
		mp4("mdia", mp4("hdlr", "\x00\x00\x00\x00\x00\x00\x00\x00"+handler+"\x00\x00"), mp4("meta", "Secret"), mp4("minf", mp4("stbl", sample))))
}

// film is laid out as phones do: with the place in udta («©xyz»), in the meta of
// Apple, and in a track of readings.
func film() string {
	return mp4("ftyp", "mp42\x00\x00\x00\x00isommp42") + mp4("free", "Secret in free space") +
		mp4("moov", mp4("mvhd", "movie header"), track("vide", "table of the picture"), track("soun", "table of the sound"), track("meta", "GPS readings"),
			mp4("udta", mp4("\xa9xyz", "\x00\x12\x15\xc7GPS+50.2547+028.6587/")), mp4("meta", "com.apple.quicktime.location GPS")) +
		mp4("uuid", "Secret 16 bytes and XMP GPS") + "\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x00\x00\x17picture"
}

func TestAVideoLosesItsPlace(t *testing.T) {
	t.Parallel()
	s := store(t, "")
	a, err := s.Accept(t.Context(), "film.mp4", strings.NewReader(film()))
	if err != nil {
		t.Fatal(err)
	}
	b := read(t, s, a.Key)
	tellsNothing(t, "filmed", b)
	if len(b) != len(film()) {
		t.Errorf("the length went from %d to %d, so the tables point beside the picture", len(film()), len(b))
	}
	for _, kept := range []string{"movie header", "track header", "table of the picture", "table of the sound", "picture"} {
		if !bytes.Contains(b, []byte(kept)) {
			t.Errorf("%s is gone", kept)
		}
	}
	if err := stripVideo(&memory{b: b}, int64(len(b))); err != nil {
		t.Errorf("what was kept is no video: %v", err)
	}
}

func TestABrokenVideo(t *testing.T) {
	t.Parallel()
	head := mp4("ftyp", "mp42\x00\x00\x00\x00isommp42")
	for name, content := range map[string]string{
		"without its tables":            head + mp4("mdat", "picture"),
		"cut off":                       film()[:len(film())-3],
		"a box longer than its parent":  head + mp4("moov", "\x00\x00\xff\xfftrak"),
		"a box shorter than its header": head + mp4("moov", "\x00\x00\x00\x04trak"),
		"a length below nothing":        head + "\x00\x00\x00\x01moov\xff\xff\xff\xff\xff\xff\xff\xff",
		"rubbish behind it":             film() + "PK",
	} {
		if err := stripVideo(&memory{b: []byte(content)}, int64(len(content))); err == nil {
			t.Errorf("a video %s is accepted", name)
		}
	}
}
