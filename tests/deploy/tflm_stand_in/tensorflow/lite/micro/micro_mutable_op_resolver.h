// Stand-in for tests: see README.md.
#ifndef TFLM_STAND_IN_MICRO_MUTABLE_OP_RESOLVER_H_
#define TFLM_STAND_IN_MICRO_MUTABLE_OP_RESOLVER_H_

#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/kernels/conv.h"
#include "tensorflow/lite/micro/micro_op_resolver.h"

namespace tflite {

template <unsigned int tOpCount>
class MicroMutableOpResolver : public MicroOpResolver {
 public:
  // The builtin operators that the real class can register.
#define TFLM_ADD(Name)                                            \
  TfLiteStatus Add##Name() {                                      \
    return registered_++ < tOpCount ? kTfLiteOk : kTfLiteError;   \
  }
  TfLiteStatus AddConv2D(const TFLMRegistration& = Register_CONV_2D()) {
    return registered_++ < tOpCount ? kTfLiteOk : kTfLiteError;
  }
  TFLM_ADD(Abs) TFLM_ADD(Add) TFLM_ADD(AddN) TFLM_ADD(ArgMax)
  TFLM_ADD(ArgMin) TFLM_ADD(AssignVariable) TFLM_ADD(AveragePool2D)
  TFLM_ADD(BatchMatMul) TFLM_ADD(BatchToSpaceNd) TFLM_ADD(BroadcastArgs)
  TFLM_ADD(BroadcastTo) TFLM_ADD(CallOnce) TFLM_ADD(Cast) TFLM_ADD(Ceil)
  TFLM_ADD(Concatenation) TFLM_ADD(Cos) TFLM_ADD(CumSum)
  TFLM_ADD(DepthToSpace) TFLM_ADD(DepthwiseConv2D) TFLM_ADD(Dequantize)
  TFLM_ADD(Div) TFLM_ADD(EmbeddingLookup) TFLM_ADD(Elu) TFLM_ADD(Equal)
  TFLM_ADD(EthosU) TFLM_ADD(Exp) TFLM_ADD(ExpandDims) TFLM_ADD(Fill) TFLM_ADD(Floor)
  TFLM_ADD(FloorDiv) TFLM_ADD(FloorMod) TFLM_ADD(FullyConnected)
  TFLM_ADD(Gather) TFLM_ADD(GatherNd) TFLM_ADD(Greater)
  TFLM_ADD(GreaterEqual) TFLM_ADD(HardSwish) TFLM_ADD(If)
  TFLM_ADD(L2Normalization) TFLM_ADD(L2Pool2D) TFLM_ADD(LeakyRelu)
  TFLM_ADD(Less) TFLM_ADD(LessEqual) TFLM_ADD(Log) TFLM_ADD(LogicalAnd)
  TFLM_ADD(LogicalNot) TFLM_ADD(LogicalOr) TFLM_ADD(Logistic)
  TFLM_ADD(LogSoftmax) TFLM_ADD(Maximum) TFLM_ADD(MaxPool2D)
  TFLM_ADD(MirrorPad) TFLM_ADD(Mean) TFLM_ADD(Minimum) TFLM_ADD(Mul)
  TFLM_ADD(Neg) TFLM_ADD(NotEqual) TFLM_ADD(Pack) TFLM_ADD(Pad)
  TFLM_ADD(PadV2) TFLM_ADD(Prelu) TFLM_ADD(Quantize) TFLM_ADD(ReadVariable)
  TFLM_ADD(ReduceMax) TFLM_ADD(ReduceMin) TFLM_ADD(Relu) TFLM_ADD(Relu6)
  TFLM_ADD(Reshape) TFLM_ADD(ResizeBilinear)
  TFLM_ADD(ResizeNearestNeighbor) TFLM_ADD(ReverseV2) TFLM_ADD(Round)
  TFLM_ADD(Rsqrt) TFLM_ADD(SelectV2) TFLM_ADD(Shape) TFLM_ADD(Sin)
  TFLM_ADD(Slice) TFLM_ADD(Softmax) TFLM_ADD(SpaceToBatchNd)
  TFLM_ADD(SpaceToDepth) TFLM_ADD(Split) TFLM_ADD(SplitV) TFLM_ADD(Squeeze)
  TFLM_ADD(Sqrt) TFLM_ADD(Square) TFLM_ADD(SquaredDifference)
  TFLM_ADD(StridedSlice) TFLM_ADD(Sub) TFLM_ADD(Sum) TFLM_ADD(Svdf)
  TFLM_ADD(Tanh) TFLM_ADD(TransposeConv) TFLM_ADD(Transpose)
  TFLM_ADD(Unpack) TFLM_ADD(UnidirectionalSequenceLSTM) TFLM_ADD(VarHandle)
  TFLM_ADD(While) TFLM_ADD(ZerosLike)
#undef TFLM_ADD

 private:
  unsigned int registered_ = 0;
};

}  // namespace tflite

#endif  // TFLM_STAND_IN_MICRO_MUTABLE_OP_RESOLVER_H_
