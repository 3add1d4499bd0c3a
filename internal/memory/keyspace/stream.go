package keyspace

import (
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/stream"
)

// Stream is a view of a stream key. Unlike the other collections a stream is made on purpose and stays when it is empty:
// its ids and groups outlive its entries.
type Stream struct{ collection }

// Stream returns the stream under key, missing or not. The error is ErrWrongType.
func (sp *Space) Stream(key []byte) (Stream, error) {
	c, err := sp.open(key, KindStream)
	return Stream{c}, err
}

// Create makes the stream, empty, if it is missing.
func (s *Stream) Create() {
	if !s.attach() {
		s.create(KindStream, EncStream, stream.New(s.arena()), 0)
	}
}

// Data returns the container of a stream that exists.
func (s Stream) Data() stream.Stream { return s.store().stream(s.root()) }

// Len returns the number of entries, 0 for a missing stream.
func (s Stream) Len() int {
	if !s.Exists() {
		return 0
	}
	return s.Data().Len()
}

func (s *Store) stream(root arena.Ref) stream.Stream {
	st := stream.Open(s.arena, root, stream.Limits{
		NodeMaxBytes: s.Limits.StreamNodeMaxBytes, NodeMaxEntries: s.Limits.StreamNodeMaxEntries,
	})
	if im := images(s, root, streamImage); im != nil {
		return st.Kept(*im)
	}
	return st
}
