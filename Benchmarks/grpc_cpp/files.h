// What `tacet ca issue` wrote into a folder.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

struct Identity {
  std::string chain, key, roots;

  explicit Identity(const std::string& folder)
      : chain(read(folder + "/cert.pem")), key(read(folder + "/key.pem")), roots(read(folder + "/bundle.pem")) {}

 private:
  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + " cannot be read");
    return {std::istreambuf_iterator<char>(file), {}};
  }
};
