// Verifies a copy of an audit log with golang.org/x/mod/sumdb, the code behind Go's own checksum database: what is
// right by this project's verifier has to be right by another's too.
//
// Usage: peer FOLDER KEY
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	folder, key := os.Args[1], os.Args[2]
	verifier, err := note.NewVerifier(key)
	check(err)
	newest := checkpoint(filepath.Join(folder, "checkpoint"), verifier)
	hashes := tlog.TileHashReader(newest, tiles{folder})
	entries := entriesOf(folder, newest.N)
	for index, entry := range entries {
		proof, err := tlog.ProveRecord(newest.N, int64(index), hashes)
		check(err)
		check(tlog.CheckRecord(proof, newest.N, newest.Hash, int64(index), tlog.RecordHash(entry)))
	}
	copies, err := filepath.Glob(filepath.Join(folder, "checkpoints", "*"))
	check(err)
	for _, name := range copies {
		earlier := checkpoint(name, verifier)
		proof, err := tlog.ProveTree(newest.N, earlier.N, hashes)
		check(err)
		check(tlog.CheckTree(proof, newest.N, newest.Hash, earlier.N, earlier.Hash))
	}
	fmt.Printf("peer: %d entries and %d checkpoints are right\n", len(entries), len(copies))
}

func checkpoint(name string, verifier note.Verifier) tlog.Tree {
	bytes, err := os.ReadFile(name)
	check(err)
	opened, err := note.Open(bytes, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := base64.StdEncoding.DecodeString(lines[2])
	check(err)
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	return tree
}

// entriesOf reads the bundles of a log: each entry after its length, 16 bits.
func entriesOf(folder string, size int64) [][]byte {
	var entries [][]byte
	for index := int64(0); index*256 < size; index++ {
		tile := tlog.Tile{H: height, L: 0, N: index, W: int(min(256, size-index*256))}
		bytes, err := os.ReadFile(filepath.Join(folder, "tile/entries", pathOf(tile)))
		check(err)
		for len(bytes) > 0 {
			length := int(binary.BigEndian.Uint16(bytes))
			entries = append(entries, bytes[2:2+length])
			bytes = bytes[2+length:]
		}
	}
	return entries
}

type tiles struct{ folder string }

func (t tiles) Height() int                     { return height }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		bytes, err := os.ReadFile(filepath.Join(t.folder, "tile", strconv.Itoa(tile.L), pathOf(tile)))
		if err != nil {
			return nil, err
		}
		found = append(found, bytes)
	}
	return found, nil
}

// pathOf is a tile's path after its level. The paths of sumdb begin with the height, those of C2SP do not.
func pathOf(tile tlog.Tile) string {
	return strings.SplitN(tile.Path(), "/", 4)[3]
}

func check(err error) {
	if err != nil {
		log.Fatalf("peer: WRONG: %v", err)
	}
}
