// Verifies a ledger's checkpoint and proofs with Go's own transparency log packages (golang.org/x/mod/sumdb).
//
//	go run checkpoint.go KEY-FILE INCLUSION.json CONSISTENCY.json OLD-CHECKPOINT
//
// The JSON files are what `tacet ledger prove --format json` prints. Ends with 0 when everything verifies and every altered
// copy is refused, else with 1 and a line that says what is wrong.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type proof struct {
	Index      int64
	Leaf       string
	From       int64
	Size       int64
	Hashes     []string
	Checkpoint string
}

func must(condition bool, what string) {
	if !condition {
		fmt.Println(what)
		os.Exit(1)
	}
}

func read(path string) string {
	data, err := os.ReadFile(path)
	must(err == nil, "cannot read "+path)
	return string(data)
}

func parse(path string) (found proof) {
	must(json.Unmarshal([]byte(read(path)), &found) == nil, path+" is not a proof")
	return found
}

// Opens a checkpoint and reads its size and root.
func open(text string, verifiers note.Verifiers) (size int64, root tlog.Hash, err error) {
	opened, err := note.Open([]byte(text), verifiers)
	if err != nil {
		return 0, root, err
	}
	lines := strings.Split(opened.Text, "\n")
	must(len(lines) >= 4, "a checkpoint has three lines")
	size, err = strconv.ParseInt(lines[1], 10, 64)
	must(err == nil, "the size is a number")
	root, err = tlog.ParseHash(lines[2])
	must(err == nil, "the root is a hash")
	return size, root, nil
}

func hashes(texts []string) (list []tlog.Hash) {
	for _, text := range texts {
		hash, err := tlog.ParseHash(text)
		must(err == nil, "a hash of the proof is malformed")
		list = append(list, hash)
	}
	return list
}

func main() {
	must(len(os.Args) == 5, "usage: checkpoint KEY-FILE INCLUSION.json CONSISTENCY.json OLD-CHECKPOINT")
	verifier, err := note.NewVerifier(strings.TrimSpace(read(os.Args[1])))
	must(err == nil, "the key is not one that Go knows")
	verifiers := note.VerifierList(verifier)

	inclusion := parse(os.Args[2])
	size, root, err := open(inclusion.Checkpoint, verifiers)
	must(err == nil && size == inclusion.Size, "the checkpoint does not open")
	_, _, err = open(strings.Replace(inclusion.Checkpoint, "\n"+strconv.FormatInt(size, 10)+"\n", "\n1\n", 1), verifiers)
	must(err != nil, "an altered checkpoint opens")

	leaf := tlog.RecordHash([]byte(inclusion.Leaf))
	path := tlog.RecordProof(hashes(inclusion.Hashes))
	must(tlog.CheckRecord(path, size, root, inclusion.Index, leaf) == nil, "the inclusion proof does not verify")
	other := tlog.RecordHash([]byte(inclusion.Leaf + " "))
	must(tlog.CheckRecord(path, size, root, inclusion.Index, other) != nil, "another leaf verifies")
	must(tlog.CheckRecord(path, size, root, inclusion.Index^1, leaf) != nil, "another index verifies")

	oldSize, oldRoot, err := open(read(os.Args[4]), verifiers)
	must(err == nil, "the old checkpoint does not open")
	consistency := parse(os.Args[3])
	must(consistency.From == oldSize, "the proof is from another size")
	tree := tlog.TreeProof(hashes(consistency.Hashes))
	must(tlog.CheckTree(tree, size, root, oldSize, oldRoot) == nil, "the consistency proof does not verify")
	must(tlog.CheckTree(tree, size, oldRoot, oldSize, root) != nil, "swapped roots verify")
	fmt.Println("Go's note and tlog: checkpoint, inclusion and consistency verify; altered ones do not")
}
