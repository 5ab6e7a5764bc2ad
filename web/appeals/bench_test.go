package appeals_test

import "testing"

// BenchmarkShow is the page of an appeal through the whole handler, database included.
func BenchmarkShow(b *testing.B) {
	s := setup(b)
	path := "/appeals/" + s.filed()
	b.ReportAllocs()
	for b.Loop() {
		if w := s.send("ann", "GET", path, nil, ""); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}
