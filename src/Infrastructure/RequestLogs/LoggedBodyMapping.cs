using System.Text;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.RequestLogs;

internal static class LoggedBodyMapping
{
    /// <summary>Two columns: the JSON, of type <c>json</c> so that its very text is kept, and how to read it.</summary>
    public static void IsLoggedBody(this ComplexPropertyBuilder<LoggedBody> body, string column)
    {
        body.Property(b => b.Json).HasColumnName(column).HasColumnType("json").HasConversion(
            json => TextOf(json),
            text => BytesOf(text));
        body.Property(b => b.Form).HasColumnName("body_form").HasColumnType("text").HasConversion(
            form => form.ToSnakeCase(),
            text => Enum.Parse<BodyForm>(text, true));
    }

    private static string? TextOf(ReadOnlyMemory<byte>? json) => json is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null;

    private static ReadOnlyMemory<byte>? BytesOf(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);
}
