// Verifies a published log with nothing of Meterkeep's: signed notes and Merkle trees are those of the Go team's
// golang.org/x/mod/sumdb, which guards Go's own modules. Tile paths are C2SP's: tile/L/N where Go has tile/8/L/N.
//
//	verify log FOLDER KEYS [OLDER]      the whole log: signature, entries, tiles, sample proofs, continuation
//	verify follow FOLDER KEYS           the same with the keys that those of KEYS led to, by the log's handovers
//	verify proof FILE ENTRY KEYS        one entry's .tlog-proof
//	verify flips FOLDER KEYS STEP       the log with each STEP-th bit of its files flipped, one at a time: all must be refused
//	verify flips-of-proof FILE ENTRY KEYS
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height, width = 8, 256

type files map[string][]byte

func main() {
	said, err := run(os.Args[1:])
	if err != nil {
		fmt.Println("REFUSED:", err)
		os.Exit(1)
	}
	fmt.Println("OK:", said)
}

func run(args []string) (string, error) {
	switch {
	case len(args) >= 3 && args[0] == "log":
		key, err := verifier(args[2])
		if err != nil {
			return "", err
		}
		older := ""
		if len(args) > 3 {
			older = read(args[3])
		}
		return checkLog(load(args[1]), key, older)
	case len(args) == 3 && args[0] == "follow":
		key, err := verifier(args[2])
		if err != nil {
			return "", err
		}
		return follow(args[1], key)
	case len(args) == 4 && args[0] == "proof":
		key, err := verifier(args[3])
		if err != nil {
			return "", err
		}
		return checkProof(read(args[1]), []byte(read(args[2])), key)
	case len(args) == 4 && args[0] == "flips":
		key, err := verifier(args[2])
		if err != nil {
			return "", err
		}
		step, err := strconv.Atoi(args[3])
		if err != nil {
			return "", err
		}
		return flipLog(load(args[1]), key, step)
	case len(args) == 4 && args[0] == "flips-of-proof":
		key, err := verifier(args[3])
		if err != nil {
			return "", err
		}
		return flipProof(read(args[1]), []byte(read(args[2])), key)
	}
	return "", errors.New("log, proof, flips or flips-of-proof is expected")
}

func read(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		fmt.Println("REFUSED:", err)
		os.Exit(1)
	}
	return string(data)
}

// load reads what is published.
func load(folder string) files {
	found := files{"checkpoint": []byte(read(filepath.Join(folder, "checkpoint")))}
	filepath.WalkDir(filepath.Join(folder, "tile"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(folder, path)
			found[filepath.ToSlash(name)] = []byte(read(path))
		}
		return nil
	})
	return found
}

// verifier gives the Ed25519 key of a file of verifier keys; Go's note knows no other kind.
func verifier(path string) (note.Verifier, error) {
	for _, line := range strings.Fields(read(path)) {
		if key, err := note.NewVerifier(line); err == nil {
			return key, nil
		}
	}
	return nil, errors.New("no Ed25519 key")
}

// open checks a checkpoint's signature and reads it. Base64 must be in its one form: Go's decoder is lenient.
func open(text string, key note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open([]byte(text), note.VerifierList(key))
	if err != nil {
		return tlog.Tree{}, err
	}
	for _, signature := range opened.Sigs {
		if raw, _ := base64.StdEncoding.DecodeString(signature.Base64); base64.StdEncoding.EncodeToString(raw) != signature.Base64 {
			return tlog.Tree{}, errors.New("a signature is not canonical")
		}
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != key.Name() {
		return tlog.Tree{}, errors.New("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := hash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func hash(text string) (found tlog.Hash, err error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(found) || base64.StdEncoding.EncodeToString(raw) != text {
		return found, errors.New("not a hash")
	}
	copy(found[:], raw)
	return found, nil
}

// tileReader gives Go's tile reader the published files.
type tileReader struct{ from files }

func (r tileReader) Height() int                     { return height }
func (r tileReader) SaveTiles([]tlog.Tile, [][]byte) {}
func (r tileReader) ReadTiles(tiles []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range tiles {
		found, err := r.from.tile(tile)
		if err != nil {
			return nil, err
		}
		data = append(data, found)
	}
	return data, nil
}

// tile takes the partial file, or the beginning of the whole one where that has replaced it.
func (from files) tile(tile tlog.Tile) ([]byte, error) {
	name := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
	if data, there := from[name]; there {
		if len(data) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has a wrong length", name)
		}
		return data, nil
	}
	whole, _, _ := strings.Cut(name, ".p/")
	if data := from[whole]; len(data) == width*tlog.HashSize {
		return data[:tile.W*tlog.HashSize], nil
	}
	return nil, fmt.Errorf("%s is missing", name)
}

// entries reads one bundle.
func (from files) entries(number, count int64) (found [][]byte, err error) {
	tile := tlog.Tile{H: height, L: 0, N: number, W: int(count)}
	name := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
	data, there := from[name]
	whole, _, _ := strings.Cut(name, ".p/")
	if !there {
		data, there = from[whole]
	}
	for wider := int(count); !there && wider < width; wider++ {
		data, there = from[fmt.Sprintf("%s.p/%d", whole, wider)]
	}
	for len(data) >= 2 {
		length := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+length {
			break
		}
		found, data = append(found, data[2:2+length]), data[2+length:]
	}
	if len(data) > 0 || int64(len(found)) < count {
		return nil, fmt.Errorf("%s does not hold %d entries", name, count)
	}
	return found[:count], nil
}

// replay grows the tree from the entries and gives all its hashes, as Go stores them.
func replay(from files, size int64) (stored []tlog.Hash, err error) {
	reader := tlog.HashReaderFunc(func(indexes []int64) (found []tlog.Hash, err error) {
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	for first := int64(0); first < size; first += width {
		count := size - first
		if count > width {
			count = width
		}
		bundle, err := from.entries(first/width, count)
		if err != nil {
			return nil, err
		}
		for at, entry := range bundle {
			more, err := tlog.StoredHashes(first+int64(at), entry, reader)
			if err != nil {
				return nil, err
			}
			stored = append(stored, more...)
		}
	}
	return stored, nil
}

func checkLog(from files, key note.Verifier, older string) (string, error) {
	tree, err := open(string(from["checkpoint"]), key)
	if err != nil {
		return "", err
	}
	if err := checkTree(from, tree); err != nil {
		return "", err
	}
	proofs, err := checkSamples(from, tree)
	if err != nil {
		return "", err
	}
	if older != "" {
		past, err := open(older, key)
		if err != nil {
			return "", err
		}
		proof, err := tlog.ProveTree(tree.N, past.N, tlog.TileHashReader(tree, tileReader{from}))
		if err != nil {
			return "", err
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, past.N, past.Hash); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s: %d entries, root %s, %d proofs", key.Name(), tree.N, tree.Hash, proofs), nil
}

// introduction is what the last entry of a handover says.
type introduction struct {
	Name, Outcome string
	Detail        struct{ Before, After []string }
}

// follow believes the new keys that a believed key introduced, each in the last entry of a tree that old and new signed.
func follow(folder string, key note.Verifier) (string, error) {
	from := load(folder)
	size, err := strconv.ParseInt(strings.Split(string(from["checkpoint"])+"\n\n", "\n")[1], 10, 64)
	if err != nil {
		return "", err
	}
	for place := int64(1); place <= size; place++ {
		text, err := os.ReadFile(filepath.Join(folder, "handovers", fmt.Sprint(place)))
		if err != nil {
			continue
		}
		if key, err = handedOver(from, string(text), place, size, key); err != nil {
			return "", err
		}
	}
	return checkLog(from, key, "")
}

func handedOver(from files, text string, place, size int64, key note.Verifier) (note.Verifier, error) {
	number := (place - 1) / width
	bundle, err := from.entries(number, min(width, size-number*width))
	if err != nil {
		return nil, err
	}
	told := introduction{}
	if err := json.Unmarshal(bundle[(place-1)%width], &told); err != nil {
		return nil, err
	}
	before, after := ed25519Of(told.Detail.Before), ed25519Of(told.Detail.After)
	if told.Name != "key.rotated" || before == nil || after == nil {
		return nil, errors.New("a handover introduces no keys")
	}
	if before.KeyHash() != key.KeyHash() || before.Name() != key.Name() {
		return key, nil
	}
	if told.Outcome == "lost" {
		return nil, errors.New("the keys were lost: have the new ones from a source you trust")
	}
	stored, err := replay(from, place)
	if err != nil {
		return nil, err
	}
	root, err := tlog.TreeHash(place, tlog.HashReaderFunc(func(indexes []int64) (found []tlog.Hash, err error) {
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	}))
	for _, signer := range []note.Verifier{before, after} {
		if tree, wrong := open(text, signer); err != nil || wrong != nil || tree.N != place || tree.Hash != root {
			return nil, errors.New("a handover is not signed by the keys before and after it, or is of another log")
		}
	}
	return after, nil
}

func ed25519Of(lines []string) note.Verifier {
	for _, line := range lines {
		if key, err := note.NewVerifier(line); err == nil {
			return key
		}
	}
	return nil
}

// checkTree holds entries, tiles and root against each other.
func checkTree(from files, tree tlog.Tree) error {
	stored, err := replay(from, tree.N)
	if err != nil {
		return err
	}
	reader := tlog.HashReaderFunc(func(indexes []int64) (found []tlog.Hash, err error) {
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	root := tlog.Hash{}
	if tree.N > 0 {
		if root, err = tlog.TreeHash(tree.N, reader); err != nil {
			return err
		}
		if root != tree.Hash {
			return errors.New("the entries do not have the signed root")
		}
	}
	for _, tile := range tlog.NewTiles(height, 0, tree.N) {
		if tile.W < width && tile.W < int(tree.N>>(height*tile.L)-tile.N*width) {
			continue // a width that no checkpoint may ever have had
		}
		if _, err := from.tile(tile); err != nil {
			return err
		}
	}
	return checkFiles(from, tree, reader)
}

// checkFiles holds every file, those of narrower checkpoints too, against the tree.
func checkFiles(from files, tree tlog.Tree, reader tlog.HashReader) error {
	for name, found := range from {
		if name == "checkpoint" {
			continue
		}
		path := strings.Replace(strings.Replace(name, "tile/", "tile/8/", 1), "/entries/", "/0/", 1)
		tile, err := tlog.ParseTilePath(path)
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, "tile/entries/") {
			err = checkBundle(name, found, tile, reader)
		} else if wanted, wrong := tlog.ReadTileData(tile, reader); wrong != nil || !bytes.Equal(found, wanted) {
			err = fmt.Errorf("%s does not hold what the entries say", name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func checkBundle(name string, data []byte, tile tlog.Tile, reader tlog.HashReader) error {
	bundle, err := files{name: data}.entries(tile.N, int64(tile.W))
	if err != nil {
		return err
	}
	for at, entry := range bundle {
		index := tlog.StoredHashIndex(0, tile.N*width+int64(at))
		if leaf, err := reader.ReadHashes([]int64{index}); err != nil || leaf[0] != tlog.RecordHash(entry) {
			return fmt.Errorf("%s does not hold what the tree says", name)
		}
	}
	return nil
}

// checkSamples makes inclusion and consistency proofs from the tiles, as a client would, and checks them.
func checkSamples(from files, tree tlog.Tree) (count int, err error) {
	reader := tlog.TileHashReader(tree, tileReader{from})
	for index := int64(0); index < tree.N; index += 1 + tree.N/17 {
		bundle, err := from.entries(index/width, min(width, tree.N-index/width*width))
		if err != nil {
			return count, err
		}
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return count, err
		}
		leaf := tlog.RecordHash(bundle[index%width])
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf); err != nil {
			return count, err
		}
		past, err := tlog.TreeHash(index+1, reader)
		if err != nil {
			return count, err
		}
		grown, err := tlog.ProveTree(tree.N, index+1, reader)
		if err != nil {
			return count, err
		}
		if err := tlog.CheckTree(grown, tree.N, tree.Hash, index+1, past); err != nil {
			return count, err
		}
		count += 2
	}
	return count, nil
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

// checkProof checks a C2SP tlog-proof without extra data.
func checkProof(text string, entry []byte, key note.Verifier) (string, error) {
	head, checkpoint, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return "", errors.New("not a proof")
	}
	index, err := strconv.ParseInt(lines[1][len("index "):], 10, 64)
	if err != nil || strconv.FormatInt(index, 10) != lines[1][len("index "):] {
		return "", errors.New("not an index")
	}
	tree, err := open(checkpoint, key)
	if err != nil {
		return "", err
	}
	proof := tlog.RecordProof{}
	for _, line := range lines[2:] {
		one, err := hash(line)
		if err != nil {
			return "", err
		}
		proof = append(proof, one)
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return "", err
	}
	return fmt.Sprintf("entry %d of %d", index, tree.N), nil
}

// flipLog changes one bit at a time. The lines of keys that Go does not know are not its to check.
func flipLog(from files, key note.Verifier, step int) (string, error) {
	tree, err := open(string(from["checkpoint"]), key)
	if err != nil {
		return "", err
	}
	if err := checkTree(from, tree); err != nil {
		return "", err
	}
	names := []string{}
	for name := range from {
		names = append(names, name)
	}
	sort.Strings(names)
	refused := 0
	for _, name := range names {
		data := from[name]
		bits := len(data) * 8
		if name == "checkpoint" {
			bits = known(string(data), key) * 8
		}
		for bit := 0; bit < bits; bit += step {
			data[bit/8] ^= 1 << (bit % 8)
			var err error
			if name == "checkpoint" {
				_, err = open(string(data), key)
			} else {
				err = checkTree(from, tree)
			}
			data[bit/8] ^= 1 << (bit % 8)
			if err == nil {
				return "", fmt.Errorf("bit %d of %s may be flipped", bit, name)
			}
			refused++
		}
	}
	return fmt.Sprintf("%d flips refused", refused), nil
}

func flipProof(text string, entry []byte, key note.Verifier) (string, error) {
	if _, err := checkProof(text, entry, key); err != nil {
		return "", err
	}
	data, refused := []byte(text), 0
	for bit := 0; bit < known(text, key)*8; bit++ {
		data[bit/8] ^= 1 << (bit % 8)
		_, err := checkProof(string(data), entry, key)
		data[bit/8] ^= 1 << (bit % 8)
		if err == nil {
			return "", fmt.Errorf("bit %d of the proof may be flipped", bit)
		}
		refused++
	}
	for bit := 0; bit < len(entry)*8; bit++ {
		entry[bit/8] ^= 1 << (bit % 8)
		_, err := checkProof(text, entry, key)
		entry[bit/8] ^= 1 << (bit % 8)
		if err == nil {
			return "", fmt.Errorf("bit %d of the entry may be flipped", bit)
		}
		refused++
	}
	return fmt.Sprintf("%d flips refused", refused), nil
}

// known is the length of a note up to the end of the line that this key signed, which is the first.
func known(text string, key note.Verifier) int {
	start := strings.Index(text, "\n— "+key.Name()+" ") + 1
	return start + strings.Index(text[start:], "\n") + 1
}
