// What every operation is made with: TensorFlow's C interface (tensorflow/c/kernels.h and ops.h) as a few types and functions.
#pragma once
#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <numeric>
#include <utility>
#include <vector>

#include "kernels.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"
#include "threads.h"

namespace ais {
namespace {

using Shape = std::vector<int64_t>;
using Construction = TF_OpKernelConstruction*;

/** Numbers that a thread takes at a time from what is computed element by element. */
constexpr int64_t GRAIN = 1 << 14;

int64_t rows_of_grain(int64_t width) { return std::max<int64_t>(1, GRAIN / std::max<int64_t>(1, width)); }

/** Why an operation cannot run. The standard library's own would need a newer one than TensorFlow does. */
struct Failure {
  char message[256];
  explicit Failure(const char* said) {
    std::strncpy(message, said, sizeof(message) - 1);
    message[sizeof(message) - 1] = 0;
  }
};

struct Status {
  TF_Status* value = TF_NewStatus();
  Status() = default;
  Status(const Status&) = delete;
  ~Status() { TF_DeleteStatus(value); }
  void check() const {
    if (TF_GetCode(value) != TF_OK) throw Failure(TF_Message(value));
  }
};

/** An operation's attributes, whichever it has. */
struct Attributes {
  bool centered = false;
  float epsilon = 0;
  float scale = 0;
  Activation kind = Activation::silu;
  std::vector<int64_t> geometry;
  bool parallel = false;
  float temperature = 0;
  /** How many tensors some inputs are: 0 or 1 for what may be missing. */
  int64_t added = 0, gain = 0, residual = 0, parts = 0;

  int64_t* whole_number(const char* name) {
    const std::pair<const char*, int64_t*> all[] = {
        {"added", &added}, {"gain", &gain}, {"residual", &residual}, {"parts", &parts}};
    for (const auto& [own, value] : all)
      if (std::strcmp(own, name) == 0) return value;
    return nullptr;
  }
};

/** One run of an operation. */
class Call {
 public:
  Call(TF_OpKernelContext* context, const Attributes& attributes) : attributes(attributes), context_(context) {}
  Call(const Call&) = delete;
  ~Call() {
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
  }

  template <typename Number = float>
  const Number* input(int index) {
    return static_cast<const Number*>(TF_TensorData(tensor(index)));
  }
  Shape shape(int index) {
    TF_Tensor* found = tensor(index);
    Shape result(TF_NumDims(found));
    for (size_t i = 0; i < result.size(); i++) result[i] = TF_Dim(found, i);
    return result;
  }
  int inputs() { return TF_NumInputs(context_); }
  int64_t size(int index) { return TF_TensorElementCount(tensor(index)); }

  /** Of float32, or of another type of as many bytes. */
  template <typename Number = float>
  Number* output(int index, const Shape& shape, TF_DataType type = TF_FLOAT) {
    const int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<int64_t>());
    TF_Tensor* made =
        TF_AllocateOutput(context_, index, type, shape.data(), shape.size(), count * sizeof(Number), status_.value);
    status_.check();
    tensors_.push_back(made);
    return static_cast<Number*>(TF_TensorData(made));
  }

  const Attributes& attributes;

 private:
  TF_Tensor* tensor(int index) {
    while (static_cast<int>(inputs_.size()) <= index) {
      TF_Tensor* found = nullptr;
      TF_GetInput(context_, inputs_.size(), &found, status_.value);
      status_.check();
      inputs_.push_back(found);
      tensors_.push_back(found);
    }
    return inputs_[index];
  }

  TF_OpKernelContext* context_;
  Status status_;
  std::vector<TF_Tensor*> inputs_;
  std::vector<TF_Tensor*> tensors_;
};

void require(bool holds, const char* message) {
  if (!holds) throw Failure(message);
}

void same_size(Call& call, std::initializer_list<int> others) {
  for (int other : others) require(call.size(other) == call.size(0), "inputs must have one size");
}

Geometry geometry_of(const Attributes& attributes) {
  const auto& g = attributes.geometry;
  require(g.size() == 8, "the geometry has eight numbers");
  return {g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7], attributes.scale};
}

/** The rows of tokens, after a look at whether they lie within what they are read from. */
std::vector<Row> rows_of(Call& call, int index, int64_t tokens, int64_t angles) {
  const Shape shape = call.shape(index);
  require(shape.size() == 2 && shape[1] == sizeof(Row) / sizeof(int32_t), "each row of tokens has six numbers");
  std::vector<Row> rows(shape[0]);
  std::memcpy(rows.data(), call.input<int32_t>(index), rows.size() * sizeof(Row));
  for (const Row& row : rows)
    require(row.start >= 0 && row.length >= 0 && row.start + row.length <= tokens && row.branch_from >= 0 &&
                row.branch_from <= row.branch_to && row.branch_to <= row.length && row.first_read >= 0 &&
                row.angles >= 0 && row.angles + row.length <= angles,
            "a row of tokens lies outside of its batch");
  return rows;
}

/** Reads the attributes that an operation was defined with. */
void* make(TF_OpKernelConstruction* construction, std::initializer_list<const char*> names) {
  auto attributes = new Attributes;
  for (const char* name : names) {
    const auto is = [=](const char* other) { return std::strcmp(name, other) == 0; };
    Status status;
    if (is("centered") || is("parallel")) {
      TF_Bool value = 0;
      TF_OpKernelConstruction_GetAttrBool(construction, name, &value, status.value);
      (is("centered") ? attributes->centered : attributes->parallel) = value != 0;
    } else if (is("kind")) {
      int64_t value = 0;
      TF_OpKernelConstruction_GetAttrInt64(construction, "kind", &value, status.value);
      attributes->kind = static_cast<Activation>(value);
    } else if (int64_t* whole = attributes->whole_number(name)) {
      TF_OpKernelConstruction_GetAttrInt64(construction, name, whole, status.value);
    } else if (is("geometry")) {
      int32_t count = 0, total = 0;
      TF_OpKernelConstruction_GetAttrSize(construction, "geometry", &count, &total, status.value);
      attributes->geometry.resize(std::max(0, count));
      TF_OpKernelConstruction_GetAttrInt64List(construction, "geometry", attributes->geometry.data(), count,
                                               status.value);
    } else {
      float& value = is("epsilon")       ? attributes->epsilon
                     : is("temperature") ? attributes->temperature
                                         : attributes->scale;
      TF_OpKernelConstruction_GetAttrFloat(construction, name, &value, status.value);
    }
    if (TF_GetCode(status.value) != TF_OK) TF_OpKernelConstruction_Failure(construction, status.value);
  }
  return attributes;
}

template <void (*run)(Call&)>
void compute(void* attributes, TF_OpKernelContext* context) {
  try {
    Call call(context, *static_cast<Attributes*>(attributes));
    run(call);
  } catch (const Failure& failure) {
    Status status;
    TF_SetStatus(status.value, TF_INVALID_ARGUMENT, failure.message);
    TF_OpKernelContext_Failure(context, status.value);
  }
}

void unmake(void* attributes) { delete static_cast<Attributes*>(attributes); }

struct Definition {
  const char* name;
  std::vector<const char*> inputs, outputs, attributes;
  void* (*make)(TF_OpKernelConstruction*);
  void (*compute)(void*, TF_OpKernelContext*);
};

void define(const Definition& definition) {
  Status status;
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(definition.name);
  for (const char* input : definition.inputs) TF_OpDefinitionBuilderAddInput(builder, input);
  for (const char* output : definition.outputs) TF_OpDefinitionBuilderAddOutput(builder, output);
  for (const char* attribute : definition.attributes) TF_OpDefinitionBuilderAddAttr(builder, attribute);
  TF_RegisterOpDefinition(builder, status.value);
  if (TF_GetCode(status.value) != TF_OK) return;
  TF_KernelBuilder* kernel =
      TF_NewKernelBuilder(definition.name, "CPU", definition.make, definition.compute, &unmake);
  TF_RegisterKernelBuilder(definition.name, kernel, status.value);
}

}  // namespace
}  // namespace ais
