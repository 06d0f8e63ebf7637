using CleanGateway.Domain.Common;
using MediatR;

namespace CleanGateway.Application.Common;

/// <summary>Names the command for the audit log.</summary>
internal sealed class OperationBehaviour<TRequest, TResponse>(Operation operation) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : ICommand<TResponse>
{
    public Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        operation.Action = typeof(TRequest).Name.ToSnakeCase();
        return next();
    }
}
