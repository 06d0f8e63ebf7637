using System.Buffers.Text;
using System.Text.Json;
using CleanGateway.Domain.Common;
using FluentValidation;

namespace CleanGateway.Application.Common;

/// <summary>Which part of a list is asked for.</summary>
/// <param name="Cursor"><see cref="Page{T}.NextCursor"/> of the part before; null: from the beginning.</param>
public sealed record PageRequest(int Limit = PageRequest.DefaultLimit, string? Cursor = null)
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 500;

    /// <summary>What <see cref="Page.Of{T}"/> was told of the last item of the part before; null from the beginning.</summary>
    /// <exception cref="GatewayException">It is none that this gateway has given, or one of another list.</exception>
    public TKey? After<TKey>() where TKey : class
    {
        if (Cursor is null)
            return null;

        try
        {
            return JsonSerializer.Deserialize<TKey>(Base64Url.DecodeFromChars(Cursor), JsonSerializerOptions.Strict) ?? throw new JsonException();
        }
        catch (Exception malformed) when (malformed is FormatException or JsonException)
        {
            throw new GatewayException(
                GatewayError.Invalid("'cursor' is none that a list like this has given: expected next_cursor of the page before.", "cursor", "invalid_value"),
                malformed);
        }
    }
}

/// <summary>A part of a list.</summary>
/// <param name="NextCursor">Where the next part begins; null: this is the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Data, string? NextCursor);

public static class Page
{
    /// <param name="found">One more than was asked for, if there are that many: then there is a next page.</param>
    /// <param name="key">What orders the list and tells items apart: a record, which the next page's handler gets back.</param>
    public static Page<T> Of<T>(IReadOnlyList<T> found, PageRequest asked, Func<T, object> key)
    {
        if (found.Count <= asked.Limit)
            return new Page<T>(found, NextCursor: null);

        var data = found.Take(asked.Limit).ToList();
        return new Page<T>(data, Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(key(data[^1]))));
    }
}

internal sealed class PageRequestValidator : AbstractValidator<PageRequest>
{
    public PageRequestValidator() => RuleFor(page => page.Limit).InclusiveBetween(1, PageRequest.MaxLimit)
        .WithMessage($"'limit' is {{PropertyValue}}: expected a number from 1 to {PageRequest.MaxLimit}.");
}
