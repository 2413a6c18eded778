// Made by Scripts/make_noise_tables.py; `--check` recomputes every number another way.
// 2^63 P(|Z| <= j), rounded, j = 0, 1, ..., for Z = round(N(0, 16^2)).
#define CNOISE_COUNT_NARROW_16 146
// 2^-58.21
#define CNOISE_DISTANCE_NARROW_16 3.0094996803568557e-18
static const uint64_t cnoise_narrow_16[146] = {
  0x0330e69cba5d8d46, 0x098f83ff98f3d747, 0x0fe49b67dc8159c6, 0x1629f31d78168226, 0x1c598029f74b429b, 0x226d77c711b8f0d9,
  0x28605f92909bff2b, 0x2e2d1c3c52a898ee, 0x33cefe6d8d2e8245, 0x3941cdb449286fbc, 0x3e81d14b20ed661a, 0x438bd6a30249cee2,
  0x485d35a2bfb73e55, 0x4cf3d29e1a29c10e, 0x514e1e1338a16cda, 0x556b1249d9a64667, 0x594a2efa97c9d7bb, 0x5ceb732e1722d4e3,
  0x604f558ba9700f6a, 0x6376bb54c65c2b1c, 0x6662ee4e8cf5c3db, 0x691591dc64a11a36, 0x6b90978ed137b379, 0x6dd63367c96cc4d0,
  0x6fe8d01286578877, 0x71cb03480fc0759b, 0x737f8293fa38e89c, 0x750918a6261b9ef9, 0x766a9b5716b3c8fd, 0x77a6e27cf2fa9f37,
  0x78c0bfa7adf30b03, 0x79baf6d36e3d0297, 0x7a9838194645678e, 0x7b5b1a5fd3400b7d, 0x7c0617078a7c488d, 0x7c9b868972d87cfa,
  0x7d1d9dfad21a2611, 0x7d8e6d64fa05b5b3, 0x7defdedddd99558e, 0x7e43b64c634658fc, 0x7e8b91c277372859, 0x7ec8ea569def9e75,
  0x7efd15671e083d30, 0x7f294631af95add0, 0x7f4e8fabe0542d73, 0x7f6de689ec6bd202, 0x7f882363951f2eb8, 0x7f9e04e86b3032cd,
  0x7fb03216feb8140f, 0x7fbf3c6c60a39ff4, 0x7fcba2034ccfe4d8, 0x7fd5cf9c2389b0dc, 0x7fde2288855d8680, 0x7fe4ea76e6b75734,
  0x7fea6b1bc6289da5, 0x7feeddb756bb32c2, 0x7ff2727767b535c6, 0x7ff551b61e4379ea, 0x7ff79d16b6658277, 0x7ff97081fabfd9c7,
  0x7ffae3047abe368b, 0x7ffc0790c00d6b37, 0x7ffceda7e45f8f31, 0x7ffda1eaf2fceaae, 0x7ffe2e977af9a649, 0x7ffe9bf1a2d0433a,
  0x7ffef09df005bdd5, 0x7fff31ecd05c47a9, 0x7fff6419c8840ae2, 0x7fff8a800050719c, 0x7fffa7c5b7f64e78, 0x7fffbe000616ce9d,
  0x7fffced014618980, 0x7fffdb7ae91fcfef, 0x7fffe4fca77f7464, 0x7fffec180f39e431, 0x7ffff162e65957bc, 0x7ffff54fdd5bdbf5,
  0x7ffff83666acfbd0, 0x7ffffa58e63342cf, 0x7ffffbe98c438a00, 0x7ffffd0e206f367a, 0x7ffffde2f40fc52c, 0x7ffffe7d29e4feb9,
  0x7ffffeec7752403c, 0x7fffff3c7c84b8cf, 0x7fffff75cad79c9d, 0x7fffff9eabf0edbd, 0x7fffffbbb8241f57, 0x7fffffd0477fa513,
  0x7fffffdec664fba8, 0x7fffffe8f48a5e2c, 0x7ffffff013b1364f, 0x7ffffff50a1f767b, 0x7ffffff87bf31438, 0x7ffffffadda77a7a,
  0x7ffffffc81915c4c, 0x7ffffffda1a45e49, 0x7ffffffe668002b8, 0x7ffffffeec8014ac, 0x7fffffff475bb07c, 0x7fffffff84b9389d,
  0x7fffffffae0214e1, 0x7fffffffc9acc113, 0x7fffffffdc24acfd, 0x7fffffffe86c6bf1, 0x7ffffffff08ea6d2, 0x7ffffffff5ec6bf4,
  0x7ffffffff9733f1a, 0x7ffffffffbc2426a, 0x7ffffffffd43a4ed, 0x7ffffffffe3df6f4, 0x7ffffffffedfec2a, 0x7fffffffff484d1d,
  0x7fffffffff8b4f21, 0x7fffffffffb6288d, 0x7fffffffffd173cc, 0x7fffffffffe2c526, 0x7fffffffffedb71c, 0x7ffffffffff49b1a,
  0x7ffffffffff8ed4e, 0x7ffffffffffba04e, 0x7ffffffffffd4e43, 0x7ffffffffffe58bf, 0x7ffffffffffefd46, 0x7fffffffffff6273,
  0x7fffffffffffa06e, 0x7fffffffffffc640, 0x7fffffffffffdd3d, 0x7fffffffffffeb28, 0x7ffffffffffff38d, 0x7ffffffffffff897,
  0x7ffffffffffffb9c, 0x7ffffffffffffd68, 0x7ffffffffffffe7a, 0x7fffffffffffff1b, 0x7fffffffffffff7a, 0x7fffffffffffffb2,
  0x7fffffffffffffd3, 0x7fffffffffffffe6, 0x7ffffffffffffff1, 0x7ffffffffffffff7, 0x7ffffffffffffffb, 0x7ffffffffffffffd,
  0x7ffffffffffffffe, 0x7fffffffffffffff,
};
