#include "camera.h"

#include <algorithm>

namespace kdgan_tf {
namespace {

// A weight of 1 / count in fixed point is exact enough for so many pixels.
constexpr int kLargestSide = 16384;
constexpr int kSmallestSide = 8;
constexpr int kPrecision = 22;
constexpr std::int32_t kOne = 1 << kPrecision;

struct Window {
  std::int16_t first;
  std::int16_t end;
};

// The pixels of a row of `from` that pixel `index` of a row of `to` averages:
// those whose middle is within half a step. Where a middle is just at the edge,
// doubles decide as they do in pillow; `volatile` keeps compilers from fusing.
Window WindowOf(int index, int from, int to) {
  const volatile double scale = static_cast<double>(from) / to;
  const volatile double centre = (index + 0.5) * scale;
  const volatile double inverse = 1.0 / scale;
  const double half = 0.5 * scale;
  int first = std::max(static_cast<int>(centre - half + 0.5), 0);
  int end = std::min(static_cast<int>(centre + half + 0.5), from);
  const auto inside = [&](int pixel) {
    const double distance = (pixel - centre + 0.5) * inverse;
    return distance > -0.5 && distance <= 0.5;
  };
  while (first < end && !inside(first)) ++first;
  while (end > first && !inside(end - 1)) --end;
  return {static_cast<std::int16_t>(first), static_cast<std::int16_t>(end)};
}

// The mean of a window, in 22-bit fixed point as in pillow.
class Mean {
 public:
  explicit Mean(Window window)
      : weight_(static_cast<std::int32_t>(
            (2 * kOne + (window.end - window.first)) /
            (2 * (window.end - window.first)))) {}
  void Add(std::uint8_t value) { sum_ += weight_ * value; }
  std::uint8_t Value() const {
    const std::int32_t mean = sum_ >> kPrecision;
    return static_cast<std::uint8_t>(mean > 255 ? 255 : mean);
  }

 private:
  std::int32_t weight_;
  std::int32_t sum_ = kOne / 2;
};

// An image as the square, or rectangle to stretch, that is shrunk.
class Source {
 public:
  Source(const Image& image, const Preprocessing& preprocessing)
      : image_(image),
        channels_(preprocessing.channels),
        largest_((1u << preprocessing.bit_depth) - 1),
        row_bytes_(image.row_bytes) {
    if (row_bytes_ == 0) row_bytes_ = RowBytes(image);
    width = image.width;
    height = image.height;
    if (preprocessing.fit == Fit::kCrop) width = height = Side(std::min);
    if (preprocessing.fit == Fit::kPad) width = height = Side(std::max);
    // Of a crop these count inwards, of padding outwards.
    left_ = Half(image.width, width);
    top_ = Half(image.height, height);
  }

  static std::size_t RowBytes(const Image& image) {
    const std::size_t bytes = image.format == PixelFormat::kRgb888   ? 3
                              : image.format == PixelFormat::kGrey16 ? 2
                                                                     : 1;
    return bytes * static_cast<std::size_t>(image.width);
  }

  // Rounded in between, as pillow does: widths before heights.
  std::uint8_t MeanOf(Window rows, Window columns, int channel) const {
    Mean mean(rows);
    for (int row = rows.first; row < rows.end; ++row) {
      Mean of_row(columns);
      for (int column = columns.first; column < columns.end; ++column) {
        of_row.Add(At(row, column, channel));
      }
      mean.Add(of_row.Value());
    }
    return mean.Value();
  }

  int width;
  int height;

 private:
  std::uint8_t At(int row, int column, int channel) const {
    const auto x = static_cast<std::size_t>(
        std::clamp(column + left_, 0, image_.width - 1));
    const auto y = static_cast<std::size_t>(
        std::clamp(row + top_, 0, image_.height - 1));
    const auto* start =
        static_cast<const std::uint8_t*>(image_.pixels) + y * row_bytes_;
    if (image_.format == PixelFormat::kGrey8) return start[x];
    if (image_.format == PixelFormat::kGrey16) {
      const void* pixels = start;
      return To8Bits(static_cast<const std::uint16_t*>(pixels)[x]);
    }
    const std::uint8_t* rgb = start + 3 * x;
    if (channels_ == 3) return rgb[channel];
    const std::uint32_t luma =
        19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 0x8000u;
    return static_cast<std::uint8_t>(luma >> 16);
  }

  int Side(const int& (*choose)(const int&, const int&)) const {
    return choose(image_.width, image_.height);
  }
  static int Half(int given, int wanted) {
    return given >= wanted ? (given - wanted) / 2 : -((wanted - given) / 2);
  }
  std::uint8_t To8Bits(std::uint32_t value) const {
    return static_cast<std::uint8_t>(
        (std::min(value, largest_) * 510u + largest_) / (2u * largest_));
  }

  const Image& image_;
  int channels_;
  std::uint32_t largest_;
  std::size_t row_bytes_;
  int left_;
  int top_;
};

// The image is the model's input already.
bool Fitted(const Image& image, const Preprocessing& preprocessing) {
  return !preprocessing.resize && image.width == preprocessing.side &&
         image.height == preprocessing.side;
}

}  // namespace

Status CheckImage(const Image& image, const Preprocessing& preprocessing) {
  const auto sides = std::minmax(image.width, image.height);
  if (preprocessing.side > kLargestModelSide) return Status::kModelTooLarge;
  if (image.pixels == nullptr || sides.first < 1 ||
      (image.row_bytes != 0 && image.row_bytes < Source::RowBytes(image))) {
    return Status::kNoPixels;
  }
  if (sides.second > kLargestSide) return Status::kImageTooLarge;
  if (Fitted(image, preprocessing)) return Status::kOk;
  if (preprocessing.fit == Fit::kSquare) {
    if (sides.first != sides.second) return Status::kNotSquare;
    if (sides.first < kSmallestSide) return Status::kImageTooSmall;
  }
  const int usable =
      preprocessing.fit == Fit::kPad ? sides.second : sides.first;
  if (usable < preprocessing.content_side) return Status::kImageTooSmall;
  return preprocessing.resize || usable == preprocessing.content_side
             ? Status::kOk
             : Status::kWrongImageSize;
}

void FitImage(const Image& image, const Preprocessing& preprocessing,
              WritePixel write, void* context) {
  const int side = preprocessing.side, channels = preprocessing.channels;
  Preprocessing rule = preprocessing;
  if (Fitted(image, preprocessing)) rule.content_side = side;
  if (side > kLargestModelSide) return;  // CheckImage has said so
  const int content = rule.content_side, before = (side - content) / 2;
  const Source source(image, rule);
  // Found once for all: soft doubles are slow.
  Window columns[kLargestModelSide], rows[kLargestModelSide];
  for (int i = 0; i < content; ++i) {
    columns[i] = WindowOf(i, source.width, content);
    rows[i] = WindowOf(i, source.height, content);
  }
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const int row = y - before, column = x - before;
      const auto index = static_cast<std::size_t>((y * side + x) * channels);
      const bool black =
          row < 0 || row >= content || column < 0 || column >= content;
      for (int channel = 0; channel < channels; ++channel) {
        const std::uint8_t value =
            black ? std::uint8_t{0}
                  : source.MeanOf(rows[row], columns[column], channel);
        write(context, index + static_cast<std::size_t>(channel), value);
      }
    }
  }
}

}  // namespace kdgan_tf
