package files

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

var errVideo = errors.New("the video is broken")

// Boxes of an MP4 file, ISO/IEC 14496-12.
var (
	// containers are looked into.
	containers = []string{"moov", "trak", "mdia", "minf", "moof", "traf"}
	// telling are the boxes in which cameras and phones write where, when and by
	// whom; players do not need them. Free space is no better: it is a hiding place.
	telling = []string{"udta", "meta", "uuid", "XMP_", "free", "skip"}
	// shown are the kinds of track that a player shows; any other, a track of GPS
	// readings above all, is taken out of the list.
	shown = []string{"vide", "soun", "text", "sbtl", "subt", "clcp", "tmcd", "hint"}
)

// readWriterAt is a file whose parts can be overwritten.
type readWriterAt interface {
	io.ReaderAt
	io.WriterAt
}

// stripVideo overwrites in place what a video tells beyond picture and sound.
// Every box keeps its length, since the tables of a video point into the file.
// A file that is not whole gives an error.
func stripVideo(f readWriterAt, size int64) error {
	moov := false
	err := boxes(f, 0, size, func(b box) error {
		moov = moov || b.kind == "moov"
		return stripBox(f, b, 0)
	})
	if err == nil && !moov {
		err = errVideo
	}
	return err
}

func stripBox(f readWriterAt, b box, depth int) error {
	switch {
	case slices.Contains(telling, b.kind):
		return wipe(f, b)
	case !slices.Contains(containers, b.kind) || depth > 8:
		return nil
	case b.kind == "trak":
		kind, err := handler(f, b)
		if err != nil {
			return err
		}
		if kind != "" && !slices.Contains(shown, kind) {
			return wipe(f, b)
		}
	}
	return boxes(f, b.body, b.end, func(b box) error { return stripBox(f, b, depth+1) })
}

// handler gives the kind of a track; "" when it does not say.
func handler(f io.ReaderAt, trak box) (kind string, err error) {
	err = boxes(f, trak.body, trak.end, func(b box) error {
		if b.kind != "mdia" {
			return nil
		}
		return boxes(f, b.body, b.end, func(b box) error {
			var h [12]byte
			if b.kind != "hdlr" || b.end-b.body < int64(len(h)) {
				return nil
			}
			_, err := f.ReadAt(h[:], b.body)
			kind = string(h[8:])
			return err
		})
	})
	return kind, err
}

// box is a piece of a file: its header from at, its content from body to end.
type box struct {
	kind          string
	at, body, end int64
}

// boxes walks over the boxes that fill a piece of a file.
func boxes(r io.ReaderAt, at, end int64, fn func(box) error) error {
	for n := 0; at < end; n++ {
		var h [8]byte
		if n > 100_000 || end-at < int64(len(h)) {
			return errVideo
		}
		if _, err := r.ReadAt(h[:], at); err != nil {
			return err
		}
		b := box{kind: string(h[4:]), at: at, body: at + 8}
		length := int64(binary.BigEndian.Uint32(h[:]))
		switch length {
		case 0: // to the end
			length = end - at
		case 1: // the length follows in 64 bits
			if end-at < 16 {
				return errVideo
			}
			if _, err := r.ReadAt(h[:], at+8); err != nil {
				return err
			}
			if length, b.body = int64(binary.BigEndian.Uint64(h[:])), at+16; length < 0 {
				return errVideo
			}
		}
		if length < b.body-at || length > end-at {
			return errVideo
		}
		b.end = at + length
		if err := fn(b); err != nil {
			return err
		}
		at = b.end
	}
	return nil
}

// wipe makes free space of a box.
func wipe(f io.WriterAt, b box) error {
	if _, err := f.WriteAt([]byte("free"), b.at+4); err != nil {
		return err
	}
	nothing := make([]byte, 64<<10)
	for at := b.body; at < b.end; {
		n, err := f.WriteAt(nothing[:min(int64(len(nothing)), b.end-at)], at)
		if err != nil {
			return err
		}
		at += int64(n)
	}
	return nil
}
