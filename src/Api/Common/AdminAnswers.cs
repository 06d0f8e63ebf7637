using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.Common;

/// <summary>Answers of the admin API that have an entity tag, and the requests that name one.</summary>
internal static class AdminAnswers
{
    public static Ok<T> Tagged<T>(this HttpContext http, T item) where T : ITagged
    {
        http.SetHeadersOf(item);
        return TypedResults.Ok(item);
    }

    /// <param name="location">The path where it is from now on.</param>
    public static Created<T> Made<T>(this HttpContext http, T item, string location) where T : ITagged
    {
        http.SetHeadersOf(item);
        return TypedResults.Created(location, item);
    }

    /// <summary>What the caller believes to be changing. Changes must say it; <c>*</c> is an answer, too.</summary>
    /// <exception cref="GatewayException">It is missing, or no entity tag.</exception>
    public static Precondition IfMatch(this HttpContext http) => http.IfMatchOrNull() ?? throw new GatewayException(new GatewayError(
        GatewayErrorKind.PreconditionRequired, "precondition_required",
        "The header If-Match is missing: expected the ETag of what is to be changed, or * to change it whatever it is now.", "If-Match"));

    /// <summary>The same where it may be left out, because stopping something must be simple.</summary>
    public static Precondition IfMatchOrAny(this HttpContext http) => http.IfMatchOrNull() ?? Precondition.Any;

    private static void SetHeadersOf(this HttpContext http, ITagged item)
    {
        http.Response.Headers.ETag = item.Etag;
        if (http.RequestServices.GetRequiredService<Operation>().IsReplay)
            http.Response.Headers["Idempotent-Replayed"] = "true";
    }

    private static Precondition? IfMatchOrNull(this HttpContext http)
    {
        var given = http.Request.Headers.IfMatch;
        if (given.Count == 0)
            return null;

        var tags = http.Request.GetTypedHeaders().IfMatch;
        if (tags.Count == 0)
        {
            throw new GatewayException(GatewayError.Invalid(
                $"The header If-Match is '{StorableText.Safe(given.ToString())}': expected an ETag with its quotes, or *.", "If-Match", "invalid_value"));
        }

        // An asterisk among others says two things.
        if (tags.Count > 1 && tags.Any(tag => tag.Tag == "*"))
            throw new GatewayException(GatewayError.Invalid("The header If-Match has * beside something else: expected either.", "If-Match", "invalid_value"));

        return tags.Any(tag => tag.Tag == "*") ? Precondition.Any : Precondition.Of([.. tags.Where(tag => !tag.IsWeak).Select(tag => tag.Tag.ToString())]);
    }
}
