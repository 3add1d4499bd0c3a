package rdb

import (
	"fmt"

	"redoubt/internal/memory/keyspace"
)

// Values of older generations: ziplists (until Redis 7.0) and zipmaps (until 2.6). They are taken apart and stored
// element by element, which gives them the encoding this server would have chosen.

// eachInZiplist calls f with the text of every entry of d.blob, valid during the call; what names the value in errors.
func (d *decoder) eachInZiplist(what string, f func(text []byte) error) error {
	z, err := openZiplist(d.blob)
	if err != nil {
		return d.unsound(what, err)
	}
	for {
		v, ok, err := z.next()
		if err != nil {
			return d.unsound(what, err)
		}
		if !ok {
			return nil
		}
		d.value = v.Append(d.value[:0])
		if err := f(d.value); err != nil {
			return err
		}
	}
}

// ziplistPairs calls f with each two entries of d.blob. An odd number of entries is damage.
func (d *decoder) ziplistPairs(what string, f func(first, second []byte) error) error {
	half := false
	err := d.eachInZiplist(what, func(text []byte) error {
		half = !half
		if half {
			d.field = append(d.field[:0], text...)
			return nil
		}
		return f(d.field, text)
	})
	if err == nil && half {
		return d.unsound(what, "an odd number of entries are not pairs")
	}
	return err
}

func (d *decoder) ziplistList(sp *keyspace.Space, key []byte) error {
	list, err := sp.List(key)
	if err != nil {
		return err
	}
	return d.eachInZiplist("List ziplist", func(text []byte) error {
		list.PushBack(text)
		return nil
	})
}

// ziplistNodes reads the first generation of quicklists, whose nodes are ziplists.
func (d *decoder) ziplistNodes(sp *keyspace.Space, key []byte) error {
	n, err := d.count()
	if err != nil {
		return err
	}
	for ; n > 0; n-- {
		if d.blob, err = d.str(d.blob[:0]); err != nil {
			return err
		}
		if err := d.ziplistList(sp, key); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) ziplistHash(sp *keyspace.Space, key []byte) error {
	hash, err := sp.Hash(key)
	if err != nil {
		return err
	}
	return d.ziplistPairs("Hash ziplist", func(field, value []byte) error {
		if !hash.Set(field, value) {
			return d.unsound("Hash ziplist", fmt.Sprintf("field %q appears twice", field))
		}
		return nil
	})
}

func (d *decoder) ziplistZSet(sp *keyspace.Space, key []byte) error {
	zset, err := sp.ZSet(key)
	if err != nil {
		return err
	}
	return d.ziplistPairs("Zset ziplist", func(member, text []byte) error {
		score, err := d.parseScore(text)
		if err != nil {
			return err
		}
		return d.putScore(&zset, member, score)
	})
}

func (d *decoder) zipmapHash(sp *keyspace.Space, key []byte) error {
	z, err := openZipmap(d.blob)
	if err != nil {
		return d.unsound("Zipmap", err)
	}
	hash, err := sp.Hash(key)
	if err != nil {
		return err
	}
	for {
		field, value, ok, err := z.next()
		if err != nil {
			return d.unsound("Zipmap", err)
		}
		if !ok {
			return nil
		}
		if !hash.Set(field, value) {
			return d.corrupt("field %q appears twice", field)
		}
	}
}
