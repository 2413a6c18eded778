// Calls a method of the gRPC door with nothing but Go's own HTTP/2, many times at once over one connection:
//
//	go run http2_calls.go URL FOLDER REQUEST COUNT
//
// FOLDER has cert.pem, key.pem and bundle.pem; REQUEST is a file with one message and its prefix. Prints how many answers came and how
// long they were; ends with 1 at anything but HTTP/2, status 200 and the trailer grpc-status: 0.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

func fail(err any) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		fail(err)
	}
	return data
}

func client(folder string) *http.Client {
	pair, err := tls.LoadX509KeyPair(filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem"))
	if err != nil {
		fail(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(read(filepath.Join(folder, "bundle.pem")))
	return &http.Client{Transport: &http.Transport{
		ForceAttemptHTTP2: true,
		MaxConnsPerHost:   1,
		TLSClientConfig:   &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots},
	}}
}

func call(client *http.Client, url string, message []byte) int {
	request, err := http.NewRequest("POST", url, bytes.NewReader(message))
	if err != nil {
		fail(err)
	}
	request.Header.Set("content-type", "application/grpc")
	request.Header.Set("te", "trailers")
	response, err := client.Do(request)
	if err != nil {
		fail(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		fail(err)
	}
	status := response.Trailer.Get("grpc-status")
	if response.ProtoMajor != 2 || response.StatusCode != 200 || status != "0" {
		fail(fmt.Sprintf("%s %d, grpc-status %q", response.Proto, response.StatusCode, status))
	}
	return len(body)
}

func main() {
	if len(os.Args) != 5 {
		fail("usage: http2_calls URL FOLDER REQUEST COUNT")
	}
	count, err := strconv.Atoi(os.Args[4])
	if err != nil {
		fail(err)
	}
	client, message := client(os.Args[2]), read(os.Args[3])
	lengths := make([]int, count)
	var waiting sync.WaitGroup
	for index := range lengths {
		waiting.Add(1)
		go func(index int) {
			defer waiting.Done()
			lengths[index] = call(client, os.Args[1], message)
		}(index)
	}
	waiting.Wait()
	for _, length := range lengths {
		if length != lengths[0] {
			fail(fmt.Sprint("answers of different lengths: ", lengths))
		}
	}
	fmt.Printf("%d answers of %d bytes\n", count, lengths[0])
}
