// What golang.org/x/mod/sumdb/tlog, the code behind Go's checksum database, takes to append entries to a tree and to
// make the tiles: CPU microseconds per entry.
//
// Usage: tlog-peer ENTRIES BYTES BATCH
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	count, size, batch := number(1), number(2), number(3)
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = stored[index]
		}
		return found, nil
	})
	entry := make([]byte, size)
	before := cpu()
	for start := int64(0); start < count; start += batch {
		end := min(start+batch, count)
		for index := start; index < end; index++ {
			binary.BigEndian.PutUint64(entry, uint64(index))
			hashes, err := tlog.StoredHashes(index, entry, reader)
			check(err)
			stored = append(stored, hashes...)
		}
		_, err := tlog.TreeHash(end, reader)
		check(err)
		for _, tile := range tlog.NewTiles(height, start, end) {
			_, err := tlog.ReadTileData(tile, reader)
			check(err)
		}
	}
	fmt.Println((cpu() - before) / float64(count))
}

// cpu is the time that the process has used, in microseconds.
func cpu() float64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e3
}

func number(argument int) int64 {
	value, err := strconv.ParseInt(os.Args[argument], 10, 64)
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
