using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using Microsoft.AspNetCore.WebUtilities;

namespace CleanGateway.Api.Common;

/// <summary>How errors are told to administrators (RFC 9457); callers of models get OpenAI's form.</summary>
internal static class ProblemDetails
{
    public const string ContentType = "application/problem+json";
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static bool AreSpokenAt(PathString path) => path.StartsWithSegments("/admin", StringComparison.Ordinal);

    public static ReadOnlyMemory<byte> Write(GatewayError error)
    {
        var status = ErrorBody.StatusOf(error.Kind);
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", ReasonPhrases.GetReasonPhrase(status));
            json.WriteNumber("status", status);
            json.WriteString("detail", error.Message);
            json.WriteString("code", error.Code);
            if (error.Param is not null)
            {
                json.WriteStartArray("errors");
                json.WriteStartObject();
                json.WriteString("param", error.Param);
                json.WriteString("message", error.Message);
                json.WriteEndObject();
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
