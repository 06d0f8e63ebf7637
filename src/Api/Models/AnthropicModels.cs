using System.Globalization;
using CleanGateway.Application.Models;
using CleanGateway.Domain.Common;
using Microsoft.Extensions.Primitives;

namespace CleanGateway.Api.Models;

/// <summary>A list of models as Anthropic's API shapes it, a page of it where the caller asks for one.</summary>
internal sealed record AnthropicModelList(IReadOnlyList<AnthropicModel> Data, bool HasMore, string? FirstId, string? LastId)
{
    private const int MostOnPage = 1000;

    /// <param name="query">Of it <c>limit</c>, <c>after_id</c> and <c>before_id</c>.</param>
    /// <exception cref="GatewayException">One of them cannot be; the error names it.</exception>
    public static AnthropicModelList Of(IReadOnlyList<ModelItem> models, IQueryCollection query)
    {
        var start = query["after_id"] is [{ Length: > 0 } after] ? PlaceOf(after, "after_id", models) + 1 : 0;
        var end = query["before_id"] is [{ Length: > 0 } before] ? PlaceOf(before, "before_id", models) : models.Count;
        var limit = Limit(query["limit"]) ?? models.Count;
        var size = Math.Clamp(end - start, 0, limit);
        if (query.ContainsKey("before_id") && !query.ContainsKey("after_id"))
            start = end - size;   // the page that ends there

        List<AnthropicModel> page = [.. models.Skip(start).Take(size).Select(AnthropicModel.From)];
        var hasMore = query.ContainsKey("before_id") && !query.ContainsKey("after_id") ? start > 0 : start + size < end;
        return new AnthropicModelList(page, hasMore, page.FirstOrDefault()?.Id, page.LastOrDefault()?.Id);
    }

    private static int PlaceOf(string id, string name, IReadOnlyList<ModelItem> models)
    {
        for (var place = 0; place < models.Count; place++)
        {
            if (models[place].Id == id)
                return place;
        }

        throw new GatewayException(GatewayError.Invalid($"'{name}' is '{id}': expected the id of a model in the list.", name, "invalid_value"));
    }

    private static int? Limit(StringValues given)
    {
        if (given.Count == 0)
            return null;

        return int.TryParse(given.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MostOnPage
            ? limit
            : throw new GatewayException(GatewayError.Invalid(
                $"'limit' is '{given}': expected a number from 1 to {MostOnPage}.", "limit", "invalid_value"));
    }
}

/// <summary>A model as Anthropic's API shapes it.</summary>
/// <param name="CreatedAt">RFC 3339.</param>
internal sealed record AnthropicModel(string Type, string Id, string DisplayName, string CreatedAt)
{
    public static AnthropicModel From(ModelItem model) => new(
        "model", model.Id, model.Id,
        DateTimeOffset.FromUnixTimeSeconds(model.Created).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
}
