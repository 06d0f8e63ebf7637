using System.Buffers;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using CleanGateway.Api.Common;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;

namespace CleanGateway.Api.Inference;

/// <summary>The last event of a stream that broke off: each API has a form of its own for it.</summary>
internal static class StreamErrors
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="written">How many events the caller has had.</param>
    public static void Write(PipeWriter output, GatewayError error, ApiFormat api, int written)
    {
        switch (api)
        {
            case ApiFormat.Messages:
                output.WriteEvent(ErrorBody.Write(error, api, requestId: null).Span, "error");
                break;
            case ApiFormat.Responses:
                output.WriteEvent(ResponsesError(error, written).Span, "error");
                break;
            default:
                output.WriteEvent(ErrorBody.Write(error).Span, name: null);
                break;
        }
    }

    // Not nested, and numbered like the events before it.
    private static ReadOnlyMemory<byte> ResponsesError(GatewayError error, int written)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            json.WriteString("type", "error");
            json.WriteNumber("sequence_number", written);
            json.WriteString("code", error.Code);
            json.WriteString("message", error.Message);
            json.WriteString("param", error.Param);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
