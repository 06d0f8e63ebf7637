using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using Microsoft.AspNetCore.WebUtilities;

namespace CleanGateway.Api.Common;

/// <summary>
/// What everything under <c>/admin</c> says when it says no: problem details (RFC 9457), with all that is wrong in
/// <c>errors</c>. OpenAI's shape, which the rest of the gateway speaks, has room for one thing.
/// </summary>
internal static class ProblemResponses
{
    public const string ContentType = "application/problem+json";

    private static readonly PathString Admin = "/admin";
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static bool AreFor(HttpRequest request) => request.Path.StartsWithSegments(Admin);

    public static ReadOnlyMemory<byte> Write(GatewayError error)
    {
        var status = ErrorBody.StatusOf(error.Kind);
        IReadOnlyList<GatewayError> all = [error, .. error.Others];
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", ReasonPhrases.GetReasonPhrase(status));
            json.WriteNumber("status", status);
            json.WriteString("detail", string.Join(' ', all.Select(one => one.Message)));
            json.WriteString("code", error.Code);
            json.WriteStartArray("errors");
            foreach (var one in all)
            {
                json.WriteStartObject();
                json.WriteString("param", one.Param);
                json.WriteString("code", one.Code);
                json.WriteString("detail", one.Message);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
