package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"path"

	"github.com/andybalholm/brotli"
)

// compress packs b at the highest levels: it is done once, and read for years.
func compress(b []byte) (gz, br []byte, err error) {
	var g, r bytes.Buffer
	zw, err := gzip.NewWriterLevel(&g, gzip.BestCompression)
	if err != nil {
		return nil, nil, err
	}
	if _, err := zw.Write(b); err != nil {
		return nil, nil, err
	}
	if err := zw.Close(); err != nil {
		return nil, nil, err
	}
	bw := brotli.NewWriterLevel(&r, brotli.BestCompression)
	if _, err := bw.Write(b); err != nil {
		return nil, nil, err
	}
	if err := bw.Close(); err != nil {
		return nil, nil, err
	}
	return g.Bytes(), r.Bytes(), nil
}

// sameContent compares two files; packed ones by what they unpack to.
func sameContent(name string, a, b []byte) (bool, error) {
	ua, err := unpack(name, a)
	if err != nil {
		return false, err
	}
	ub, err := unpack(name, b)
	if err != nil {
		return false, err
	}
	return bytes.Equal(ua, ub), nil
}

func unpack(name string, b []byte) ([]byte, error) {
	switch path.Ext(name) {
	case ".gz":
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	case ".br":
		return io.ReadAll(brotli.NewReader(bytes.NewReader(b)))
	}
	return b, nil
}
