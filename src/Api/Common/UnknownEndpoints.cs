using CleanGateway.Api.Auth;
using CleanGateway.Api.Inference;
using CleanGateway.Application.Inference;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.RequestLogs;
using MediatR;
using Microsoft.AspNetCore.Http.Features;

namespace CleanGateway.Api.Common;

/// <summary>Answers for every path and method that no other endpoint takes.</summary>
internal static class UnknownEndpoints
{
    public static void MapUnknown(this IEndpointRouteBuilder routes)
    {
        routes.Map("/v1/messages/{**path}", RefuseCall).NeedsClientKey().AnswersAs(ApiFormat.Messages).WithOrder(int.MaxValue - 2);
        routes.Map("/v1/{**path}", RefuseCall).NeedsClientKey().WithOrder(int.MaxValue - 1);
        routes.Map("/{**path}", Refuse).NeedsNothing().WithOrder(int.MaxValue);
    }

    private static async Task RefuseCall(HttpContext http, IMediator mediator, EndpointDataSource endpoints)
    {
        var error = UnknownEndpoint.ErrorFor(http, endpoints.Endpoints);
        var call = http.Features.GetRequiredFeature<ClientCall>();
        await http.Response.WriteErrorAsync(await mediator.Send(new RecordRefusal(call, error, LoggedBody.Omitted), http.RequestAborted));
    }

    private static Task Refuse(HttpContext http, EndpointDataSource endpoints, AdminListener admin) =>
        http.Response.WriteErrorAsync(UnknownEndpoint.ErrorFor(http, endpoints.Endpoints.Where(endpoint => admin.Has(http, endpoint))));
}
